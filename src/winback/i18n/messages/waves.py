"""Waves: what is refused, and what `wave` and `audit` print."""

WAVES: dict[str, tuple[str, str]] = {
    # Refusals.
    "wave_unknown": (
        "There is no wave '{value}'. The newest are {known}; `winback wave show` lists them.",
        "没有波次“{value}”。最近的有 {known}；可用 winback wave show 查看。",
    ),
    "wave_decided": (
        "The wave {wave} is {state} (by {by}) and stays so. Plan the next one.",
        "波次 {wave} 已是 {state}（{by}），不能再改。请计划下一波。",
    ),
    "customer_count_missing": (
        "The wave {wave} writes to {treatment} customers and costs at most {cost}; you named "
        "{named}. If that is what you want, say --customers {treatment}.",
        "波次 {wave} 将联系 {treatment} 位顾客，最多花费 {cost}；您写的是 {named}。确认无误请加 --customers {treatment}。",
    ),
    "wave_warnings": (
        "The wave {wave} is odd: {warnings} Look at it, then approve it with --despite-warnings or "
        "stop it.",
        "波次 {wave} 异常：{warnings}请先核实，再用 --despite-warnings 批准，或停止它。",
    ),
    "channel_unknown": (
        "There is no channel '{value}'. Choose among {known}, or none for all.",
        "没有渠道“{value}”。可选 {known}；不写则为全部渠道。",
    ),
    "delivery_unknown": (
        "There is no message '{value}'. `winback wave status` lists those whose fate is unknown.",
        "没有消息“{value}”。winback wave status 列出结果未知的消息。",
    ),
    "delivery_already_resolved": (
        "What became of the message {value} is known: {state}. Only unknown ones are resolved.",
        "消息 {value} 的结果已知：{state}。只有结果未知的才需要处理。",
    ),
    "run_in_progress": (
        "{run} is being run by {holder} already. Wait until it ends; if that process is gone, try "
        "again after {until}.",
        "{holder} 正在运行 {run}。请等它结束；若该进程已不在，请在 {until} 之后再试。",
    ),
    "lease_lost": (
        "This run of {run} was away for too long, and {holder} has taken over. Nothing is lost; "
        "look with `winback wave status`.",
        "本次 {run} 停顿过久，已由 {holder} 接手。没有丢失任何内容；可用 winback wave status 查看。",
    ),
    "ledger_restored": (
        "The ledger {ledger} knows of {known} claims, but {sent} were made: it is an older one "
        "that was restored. Sending from it would send again. Look what was sent, then run "
        "`winback wave reconcile`.",
        "账本 {ledger} 只知道 {known} 次领取，实际已有 {sent} 次：这是恢复的旧账本，继续发送会重复发送。请先核实已发内容，再运行 winback wave "
        "reconcile。",
    ),
    "journal_damaged": (
        "The delivery journal {file} cannot be read. It tells whether the ledger is the newest "
        "one: restore it, or, if nothing was ever sent from another ledger, delete it.",
        "发送日志 {file} 无法读取。它用来判断账本是否最新：请恢复它；若从未用其他账本发送过，可删除。",
    ),
    "vault_key_wrong": (
        "The vault of {shop} was sealed under another key. Put var/{shop}/vault.key (or the key "
        "your shop file names) back as it was; without it no address can be read.",
        "{shop} 的联系方式库是用另一把密钥加密的。请恢复原来的 var/{shop}/vault.key（或店铺文件指定的密钥）；没有它无法读取任何地址。",
    ),
    "token_unknown": (
        "This is no unsubscribe token of this shop. Hand on the `t` of the link as it stands.",
        "这不是本店的退订码。请原样传递链接中的 t。",
    ),
    "customer_or_token": (
        "Name a customer, or --token with the `t` of an unsubscribe link.",
        "请写顾客编号，或用 --token 写退订链接中的 t。",
    ),
    "receipts_unreadable": (
        "The receipts {file} cannot be read: {detail}. Write a CSV in UTF-8 with the columns "
        "delivery_id, kind and at.",
        "无法读取回执 {file}：{detail}。请用 UTF-8 的 CSV，含 delivery_id、kind、at 三列。",
    ),
    "list_unreadable": (
        "The list {file} cannot be read, so nobody can say whether the customer is on it. Save it "
        "as CSV in UTF-8 or move it away, then say it again.",
        "名单 {file} 无法读取，无法判断该顾客是否在其中。请存为 UTF-8 的 CSV 或移走后重试。",
    ),
    "wave.heard": (
        "{kept} receipts are kept, {refused} are not understood.",
        "已记录 {kept} 条回执，{refused} 条无法识别。",
    ),
    "wave.heard.refused": (
        "  line {line}: {column} = {value} is not understood",
        "  第 {line} 行：{column} = {value} 无法识别",
    ),
    "not_confirmed": (
        "Nothing was erased. To forget {customer} for good, say --yes.",
        "未删除任何内容。确认要永久删除 {customer}，请加 --yes。",
    ),
    "erase.sure": (
        "Forget {customer} for good? This cannot be undone",
        "永久删除 {customer}？此操作无法撤销",
    ),
    "erase.done": (
        "Forgotten; the ledger calls them {subject} now. {rows_turned_away} rows of the exports "
        "are turned away at every import.",
        "已删除；账本中以 {subject} 代替。导出文件中的 {rows_turned_away} 行今后每次导入都会被拒绝。",
    ),
    "erase.removed": ("  {count} rows in {place}", "  {place}：{count} 行"),
    "erase.left": (
        "Left to you: the exports themselves (those uploaded, too, in the folder uploads), the "
        "list of contacts, backups, and what a gateway or a mail server keeps.",
        "仍需您处理：导出文件本身（包括 uploads 文件夹中已上传的）、联系人名单、备份，以及网关或邮件服务器保留的内容。",
    ),
    "no_wecom": (
        "The shop file names no WeCom: add [channels.wecom] with corpid and secret.",
        "店铺文件没有企业微信设置：请添加 [channels.wecom]，含 corpid 与 secret。",
    ),
    "no_contacts": (
        "The shop file names no list of contacts: add [contacts] with a path and its columns.",
        "店铺文件没有联系人名单：请添加 [contacts]，含 path 与 columns。",
    ),
    "channel_unreachable": (
        "{channel} says no: {why} ({detail}).",
        "{channel} 拒绝：{why}（{detail}）。",
    ),
    # What `wave` prints.
    "wave.planned": (
        "Wave {wave} is planned. Nothing has been sent.",
        "波次 {wave} 已计划，尚未发送。",
    ),
    "wave.planned_before": (
        "Wave {wave} was planned before, and stays as it is:",
        "波次 {wave} 之前已计划，保持不变：",
    ),
    "wave.counts": (
        "{planned} planned = {treatment} to write to + {holdout} held out + {excluded} excluded "
        "before the draw",
        "计划 {planned} = 联系 {treatment} + 对照 {holdout} + 抽签前排除 {excluded}",
    ),
    "wave.excluded": ("  excluded {count}: {why}", "  排除 {count}：{why}"),
    "wave.cost": (
        "Cost: {first} if everybody uses the first offer, {most} with every later step.",
        "花费：首轮优惠全部使用为 {first}，含后续步骤最多 {most}。",
    ),
    "wave.detectable": (
        "{treated} against {held} can show it if {points} points more come back within {days} "
        "days than the {returning} who come anyway.",
        "{treated} 对 {held}：{days} 天内回流率比自然回流 {returning} 高 {points} 个百分点，才看得出来。",
    ),
    "wave.detectable.nothing": (
        "{treated} against {held} cannot show any effect within {days} days ({returning} come "
        "anyway); the campaign as a whole may.",
        "{treated} 对 {held} 太少，{days} 天内看不出效果（自然回流 {returning}）；整个活动累计后可能看得出。",
    ),
    "wave.detectable_to_date": (
        "The campaign with this wave, {treated} against {held}, can show {points} points.",
        "含本波，活动累计 {treated} 对 {held}，能看出 {points} 个百分点。",
    ),
    "wave.detectable_to_date.nothing": (
        "The campaign with this wave, {treated} against {held}, cannot show any effect yet.",
        "含本波，活动累计 {treated} 对 {held}，还看不出效果。",
    ),
    "wave.share": (
        "Proposed holdout for a half-year at this size: {share} (`waves.holdout_share`; fixed by "
        "the first wave of a half-year).",
        "按此规模，建议半年内对照比例为 {share}（waves.holdout_share；由半年内第一波固定）。",
    ),
    "wave.warning.nobody": ("Warning: nobody is to be written to.", "警告：没有可联系的顾客。"),
    "wave.warning.forecast": (
        "Warning: {seen} fell silent since the last list, where {expected} were expected.",
        "警告：上次名单以来有 {seen} 位沉默，预计为 {expected} 位。",
    ),
    "wave.warning.undecided": (
        "Warning: {seen} customers wait in {expected}, which nobody has approved or stopped; they "
        "are on no later list until then.",
        "警告：{expected} 尚未批准或停止，其中 {seen} 位顾客在此之前不会出现在以后的名单里。",
    ),
    "wave.warning.late": (
        "Warning: it is as of {expected}, {seen} days ago: many have come back or gone since.",
        "警告：截止日为 {expected}，已过去 {seen} 天，许多人的情况可能已变。",
    ),
    "wave.warning.share_of_base": (
        "Warning: {seen} are to be written to, of {expected} customers in all.",
        "警告：将联系 {seen} 位，全部顾客共 {expected} 位。",
    ),
    "wave.next.approve": (
        "The list, with who is held out: {list}. To let it go: winback wave approve {wave}",
        "名单（含对照）：{list}。批准发送：winback wave approve {wave}",
    ),
    "wave.how_many": ("How many customers shall be written to?", "要联系多少位顾客？"),
    "wave.none": (
        "No wave yet. `winback wave plan` draws one up.",
        "还没有波次。可用 winback wave plan 计划。",
    ),
    "wave.approved": (
        "Wave {wave}: {treatment} customers, approved by {by}. `winback wave run` hands over what "
        "is due.",
        "波次 {wave}：{treatment} 位，由 {by} 批准。winback wave run 将发送到期消息。",
    ),
    "wave.stopped": (
        "Wave {wave} is stopped by {by}; nothing more of it goes out. If nothing had, its "
        "customers are new to the next list.",
        "波次 {wave} 已由 {by} 停止，不再发送；若尚未发出任何消息，其中的顾客会重新进入下一份名单。",
    ),
    "wave.state.planned": ("planned", "已计划"),
    "wave.state.approved": ("approved", "已批准"),
    "wave.state.stopped": ("stopped", "已停止"),
    "wave.arm.treatment": ("written to", "联系"),
    "wave.arm.holdout": ("held out", "对照"),
    "wave.arm.excluded": ("excluded", "排除"),
    "wave.why.service": (
        "a service call, made at once and not measured",
        "服务回访，立即处理，不参与测量",
    ),
    "wave.message.pending": ("waiting", "等待"),
    "wave.message.claimed": ("being handed over", "正在移交"),
    "wave.message.sent": ("handed over", "已移交"),
    "wave.message.created": ("task created, to be confirmed by staff", "已建任务，待员工确认"),
    "wave.message.failed": ("failed", "失败"),
    "wave.message.unknown": ("fate unknown", "结果未知"),
    "wave.message.capped": ("kept back by a limit", "受限未发"),
    "wave.message.suppressed": ("kept back", "未发"),
    "wave.message.not_needed": ("not needed", "无需发送"),
    "wave.column.wave": ("wave", "波次"),
    "wave.column.state": ("state", "状态"),
    "wave.column.cutoff": ("as of", "截止日"),
    "wave.column.treatment": ("written to", "联系"),
    "wave.column.holdout": ("held out", "对照"),
    "wave.column.excluded": ("excluded", "排除"),
    "wave.column.by": ("decided by", "决定人"),
    "wave.column.arm": ("customers", "顾客"),
    "wave.column.customers": ("how many", "人数"),
    "wave.column.why": ("why", "原因"),
    "wave.column.step": ("step", "步骤"),
    "wave.column.channel": ("channel", "渠道"),
    "wave.column.message": ("messages", "消息"),
    "wave.column.messages": ("how many", "条数"),
    "wave.column.play": ("play", "方案"),
    "wave.ran": (
        "{sent} handed over, {created} tasks created, {failed} failed, {unknown} of unknown fate, "
        "{again} to be tried again.",
        "移交 {sent}，建任务 {created}，失败 {failed}，结果未知 {unknown}，稍后重试 {again}。",
    ),
    "wave.kept": ("{count} not now: {why}", "{count} 未发：{why}"),
    "wave.channel_stopped": (
        "{channel} has stopped: {why} ({detail})",
        "{channel} 已停：{why}（{detail}）",
    ),
    "wave.next_due": ("The next message is due at {when}.", "下一条消息到期时间：{when}。"),
    "wave.unknown": (
        "Fate unknown: {delivery_id}, customer {customer_id}, step {step}, {channel}, "
        "{claimed_at} UTC. Find out, then `winback wave resolve`.",
        "结果未知：{delivery_id}，顾客 {customer_id}，步骤 {step}，{channel}，{claimed_at} UTC。查明后用 winback "
        "wave resolve。",
    ),
    "wave.resolved": ("The message {message} counts as {as}.", "消息 {message} 计为{as}。"),
    "wave.as.sent": ("sent", "已发送"),
    "wave.as.not-sent": ("not sent", "未发送"),
    "wave.reconciled": (
        "This ledger may send again. {count} messages the lost one may have sent are of unknown "
        "fate; none of them is sent by itself.",
        "此账本可以继续发送。有 {count} 条可能已由丢失的账本发出，记为结果未知，不会自动发送。",
    ),
    "wave.opted_out": (
        "{customer} is written to no more: {channel}.",
        "不再联系 {customer}：{channel}。",
    ),
    "wave.every_channel": ("every channel", "全部渠道"),
    "wave.alert": (
        "{shop}: {channel} has stopped: {why} ({detail})",
        "{shop}：{channel} 已停：{why}（{detail}）",
    ),
    "wave.alert.unknown": (
        "{shop}: {count} messages of unknown fate. `winback wave status` lists them.",
        "{shop}：{count} 条消息结果未知。winback wave status 可查看。",
    ),
    "wave.matched": (
        "{found} customers are matched with a WeCom contact; {unmatched} contacts with no "
        "customer, {ambiguous} customers with several: {file}",
        "{found} 位顾客已匹配企业微信联系人；{unmatched} 位联系人无对应顾客，{ambiguous} 位顾客对应多人：{file}",
    ),
    # Why a message is kept back, or what became of it.
    "kept.ordered": ("ordered since", "之后已下单"),
    "kept.deposit": ("a deposit is open", "有未付尾款的定金"),
    "kept.refunded": ("a refund since", "之后有退款"),
    "kept.complaint": ("a complaint is open", "有未解决的投诉"),
    "kept.taken_out": ("taken out by hand", "人工移出"),
    "kept.unsubscribed": ("unsubscribed", "已退订"),
    "kept.no_consent": ("has not agreed to this channel", "未同意此渠道"),
    "kept.opened": ("has opened the message before", "已打开上一条"),
    "kept.clicked": ("has clicked", "已点击"),
    "kept.answered": ("has answered", "已回复"),
    "kept.quiet_hours": ("quiet hours or a day without messages", "免打扰时段"),
    "kept.cap_all": ("enough messages for now, all channels together", "各渠道合计已达上限"),
    "kept.cap_wecom": ("enough WeCom messages for now", "企业微信已达上限"),
    "kept.cap_sms": ("enough SMS for now", "短信已达上限"),
    "kept.cap_email": ("enough e-mails for now", "邮件已达上限"),
    "kept.cap_call": ("enough calls for now", "电话已达上限"),
    "kept.cap_audience": ("enough audience messages for now", "人群包已达上限"),
    "kept.budget": ("the budget is spent", "预算用完"),
    "kept.step_before": ("the step before ended the ladder", "上一步已结束后续步骤"),
    "kept.run_died": ("a run ended before it knew", "运行中断，结果不明"),
    "kept.restored": ("the ledger was restored", "账本曾恢复"),
    "kept.late": ("the run was paused for too long", "运行停顿过久"),
    "kept.list_damaged": (
        "a list cannot be read: save it as CSV in UTF-8, or move it away",
        "名单无法读取：请存为 UTF-8 的 CSV，或移走",
    ),
    "kept.list_busy": ("a list is being written by another run", "名单正被另一次运行写入"),
    "kept.unreachable": ("the receiver cannot be reached", "无法连接接收方"),
    "kept.no_answer": ("the receiver did not answer", "接收方没有应答"),
    "kept.busy": ("the receiver is busy", "接收方繁忙"),
    "kept.refused": ("the receiver refuses the message", "接收方拒收"),
    "kept.gone": ("the receiver's address is gone: look at `url`", "接收地址已失效：请检查 url"),
    "kept.no_right": (
        "the receiver does not know us: look at `secret`",
        "接收方不认可身份：请检查 secret",
    ),
    "kept.redirected": (
        "the receiver sends us elsewhere, which is not followed: look at `url`",
        "接收方要求跳转，不予跟随：请检查 url",
    ),
    "kept.address_forbidden": (
        "the receiver lies in a private network: say `private = true` if it shall",
        "接收地址在内网：若确需如此，请设置 private = true",
    ),
    "kept.play_unknown": ("the playbook has no such play any more", "剧本中已没有该方案"),
    "kept.vault_key_wrong": (
        "the vault was sealed under another key: put `vault.key` back",
        "联系方式库由另一把密钥加密：请恢复 vault.key",
    ),
    "kept.tag_unchanged": ("bears this tag already", "已有此标签"),
    "kept.task_created": ("waits for staff to confirm", "等待员工确认"),
    "kept.confirmed": ("sent by staff", "员工已发送"),
    "kept.no_address": ("no address is known", "没有联系地址"),
    "kept.no_owner": ("nobody looks after them", "没有跟进人"),
    "kept.owner_unknown": ("WeCom does not know who looks after them", "企业微信中没有该跟进人"),
    "kept.not_a_contact": ("is no contact of whoever looks after them", "不是该员工的联系人"),
    "kept.tag_unknown": ("WeCom does not know the tag", "企业微信中没有该标签"),
    "kept.nobody_to_send_to": ("WeCom finds nobody to send to", "企业微信无可发送对象"),
    "kept.received_enough": ("has received enough group messages", "该客户接收群发已达上限"),
    "kept.too_long": ("the message is too long", "消息过长"),
    "kept.empty": ("the message is empty", "消息为空"),
    "kept.too_early": ("it is too early to ask", "查询过早"),
    "kept.no_token": (
        "WeCom gives no token: look at `corpid` and `secret`",
        "无法取得令牌：请检查 corpid 与 secret",
    ),
    "kept.bad_secret": ("WeCom does not accept `corpid` or `secret`", "corpid 或 secret 不正确"),
    "kept.no_permission": (
        "the application may not do this: list it under 可调用接口的应用, and let it see the staff and "
        "tags",
        "应用没有权限：请加入“可调用接口的应用”，并授权相应成员与标签",
    ),
    "kept.address_not_trusted": (
        "WeCom does not trust this machine's address: add it there",
        "请在企业微信中添加本机可信 IP",
    ),
    "kept.code_unknown": (
        "WeCom answers with a code we do not know: ask before you go on",
        "企业微信返回未知错误码：请先核实",
    ),
    "kept.bad_address": ("the address or the subject cannot be written", "地址或主题无法使用"),
    "kept.later": ("the receiver asks to come again", "接收方要求稍后重试"),
    "kept.sender_refused": (
        "the mail server refuses the sender: look at `sender`",
        "邮件服务器拒绝发件人：请检查 sender",
    ),
    "kept.no_tls": (
        "the mail server offers no encryption: look at `security`",
        "邮件服务器不支持加密：请检查 security",
    ),
    "kept.erased": ("was erased", "已删除"),
    "kept.resolved": ("resolved by a person", "已由人工核实"),
    "rehearse.done": (
        "Rehearsed wave {wave} in {runs} runs, on a copy of the ledger and with made-up "
        "addresses. Nothing left this machine.",
        "已演练波次 {wave}，共运行 {runs} 次；使用账本副本和虚构地址，没有任何内容离开本机。",
    ),
    "rehearse.taken": ("  {receiver}: {count}", "  {receiver}：{count}"),
    "rehearse.twice": ("Sent twice: {count}", "重复发送：{count}"),
    "rehearse.mail": ("taken by the mail server", "邮件服务器收到"),
    "rehearse.wecom": ("tasks and tags in WeCom", "企业微信的任务与标签"),
    "rehearse.webhook": ("taken by the gateway", "网关收到"),
    "rehearse.handoff": ("on hand-off lists", "写入移交名单"),
    "rehearse.audience": ("names in audience files", "写入人群包"),
    "rehearse.sample": ("{channel}: {subject} {body}", "{channel}：{subject} {body}"),
    # What `audit` finds.
    "audit.well": (
        "Nobody lost, no arm changed; caps, budgets, claims and the audit log are whole.",
        "无人遗漏，分组未变；上限、预算、领取记录和审计记录完好。",
    ),
    "audit.audit_log_broken": (
        "The audit trail is broken at row {examples}.",
        "审计记录在第 {examples} 行断裂。",
    ),
    "audit.claim_number_twice": (
        "{count} claim numbers stand twice: {examples}",
        "{count} 个领取编号重复：{examples}",
    ),
    "audit.claim_number_unknown": (
        "{count} claims have numbers never given: {examples}",
        "{count} 个领取编号从未发出：{examples}",
    ),
    "audit.treated_without_message": (
        "{subject}: {count} customers to write to have no message: {examples}",
        "{subject}：{count} 位应联系的顾客没有消息：{examples}",
    ),
    "audit.message_without_treatment": (
        "{subject}: {count} messages go to customers who are not to be written to: {examples}",
        "{subject}：{count} 条消息的对象不应联系：{examples}",
    ),
    "audit.state_unknown": (
        "{subject}: {count} messages are in no known state: {examples}",
        "{subject}：{count} 条消息状态无法识别：{examples}",
    ),
    "audit.arm_not_drawn": (
        "{subject}: {count} customers are in another arm than drawn: {examples}",
        "{subject}：{count} 位顾客的分组与抽签不符：{examples}",
    ),
    "audit.assignments_changed": (
        "{subject}: assignments were changed after planning.",
        "{subject}：分组在计划后被改动。",
    ),
    "audit.budget_miscounted": (
        "{subject}: the money spent is counted wrongly: {examples}",
        "{subject}：花费计数有误：{examples}",
    ),
    "audit.budget_overspent": (
        "{subject}: more was spent than allowed: {examples}",
        "{subject}：花费超出预算：{examples}",
    ),
    "audit.cap_broken": (
        "The cap {subject} days was broken for {count} customers: {examples}",
        "上限 {subject} 天被突破，{count} 位顾客：{examples}",
    ),
}
