"""Waves: what is refused, and what `wave` and `audit` print."""

WAVES: dict[str, tuple[str, str]] = {
    # Refusals.
    "wave_unknown": (
        "There is no wave '{value}'. The newest are {known}; `winback wave show` lists them.",
        "没有批次“{value}”。最近的有 {known}；可用 winback wave show 查看。",
    ),
    "wave_decided": (
        "The wave {wave} is {state} (by {by}) and cannot be changed. Plan the next one.",
        "批次 {wave} 已是 {state}（{by}），不能再改。请计划下一批次。",
    ),
    "wave_not_paused": (
        "Messages of wave {wave} may be leaving. Pause it first: `winback wave pause {wave}`.",
        "批次 {wave} 可能正在发送。请先暂停：winback wave pause {wave}。",
    ),
    "second_person_needed": (
        "One person alone may not approve what wave {wave} can cost, and {by} has approved or "
        "edited it. Let somebody else approve or resume it.",
        "批次 {wave} 的花费超出一人可决定的金额，{by} 已批准或修改过。请由另一人批准或恢复。",
    ),
    "text_not_found": (
        "There is no '{value}' in the messages of wave {wave}. Copy it from a message; the day an "
        "offer ends is filled in at sending and cannot be replaced.",
        "批次 {wave} 的消息中没有“{value}”。请从消息中复制该文字；优惠截止日在发送时填入，不能替换。",
    ),
    "edited_text_blocked": (
        "With the new text a message of wave {wave} could not be sent: {why}. Nothing was changed; "
        "try another text.",
        "改后批次 {wave} 中有消息无法发送：{why}。未作任何修改；请换一种写法。",
    ),
    "plan_outdated": (
        "While the wave {wave} was planned, another wave fixed the groups of some of its "
        "customers. Nothing was written: plan it again.",
        "计划批次 {wave} 期间，另一批次已固定其中部分顾客的分组。未写入任何内容：请重新计划。",
    ),
    "customer_count_missing": (
        "The wave {wave} contacts {treatment} customers and costs at most {cost}; you gave "
        "{named}. To confirm, add --customers {treatment}.",
        "批次 {wave} 将联系 {treatment} 位顾客，最多花费 {cost}；您写的是 {named}。确认无误请加 --customers {treatment}。",
    ),
    "wave_warnings": (
        "Wave {wave} was not approved. {warnings} Check it, then approve it with "
        "--despite-warnings or stop it.",
        "批次 {wave} 未批准。{warnings}请先核实，再用 --despite-warnings 批准，或停止它。",
    ),
    "channel_unknown": (
        "There is no channel '{value}'. Choose one of {known}, or leave it out for all.",
        "没有渠道“{value}”。可选 {known}；不写则为全部渠道。",
    ),
    "case_unknown": (
        "There is no case '{value}'. `winback cases list` shows the open ones.",
        "没有工单“{value}”。winback cases list 列出未解决的工单。",
    ),
    "case_solved": (
        "Case {value} was solved on {at}. Open a new one if the customer asks again.",
        "工单 {value} 已于 {at} 解决。顾客再次来询时请新建。",
    ),
    "case_kind_unknown": (
        "There is no kind of case '{value}'. Choose one of: {known}.",
        "没有工单类型“{value}”。可选：{known}。",
    ),
    "delivery_unknown": (
        "There is no message '{value}'. `winback wave status WAVE` lists the unconfirmed ones.",
        "没有消息“{value}”。winback wave status 批次 列出未确认的消息。",
    ),
    "delivery_already_resolved": (
        "Message {value} is {state}. Only unconfirmed messages and created tasks can be resolved.",
        "消息 {value} 的状态是“{state}”。只有未确认的消息和已建的任务才需要处理。",
    ),
    "run_in_progress": (
        "{run} is already being run by {holder}. Wait until it ends; if that process is "
        "gone, try again after {until}.",
        "{holder} 正在运行 {run}。请等它结束；若该进程已不在，请在 {until} 之后再试。",
    ),
    "lease_lost": (
        "This run of {run} paused for too long, and {holder} has taken over. Nothing is "
        "lost; check with `winback wave status WAVE`.",
        "本次 {run} 停顿过久，已由 {holder} 接手。没有丢失任何内容；可用"
        " winback wave status 批次 查看。",
    ),
    "key_unreadable": (
        "The key file {file} is damaged. Restore it from a backup: with a new key, every "
        "customer known by phone or e-mail would become a new customer.",
        "密钥文件 {file} 已损坏。请恢复备份；换用新密钥会使以手机或邮箱识别的顾客全部变成新人。",
    ),
    "seal_key_other": (
        "Another machine sends from this ledger, or WINBACK_STATE is another folder than the one it "
        "was used with: {ledger} is sealed under a key that is not here. Set WINBACK_STATE as the "
        "service and the timers have it; where several machines write, give all of them seal_key in "
        "[waves]; `winback wave move` takes the ledger over.",
        "该账本由另一台机器发送，或 WINBACK_STATE 不是它原来的目录：{ledger} 用另一把密钥加封。请把 WINBACK_STATE 设为与服务和定时任务相同；多台机器写入时在 [waves] 中设同一个 seal_key；用 winback wave move 可把账本移交到本机。",
    ),
    "vault_key_wrong": (
        "The address vault of {shop} was encrypted with another key. Restore "
        "var/{shop}/vault.key (or the key named in the shop file); without it no address "
        "can be read.",
        "{shop} 的联系方式库是用另一把密钥加密的。请恢复原来的 var/{shop}/vault.key（或店铺文件指定的密钥）；没有它无法读取任何地址。",
    ),
    "token_unknown": (
        "This is not an unsubscribe token of this shop. Pass the `t` of the link unchanged.",
        "这不是本店的退订码。请原样传递链接中的 t。",
    ),
    "customer_or_token": (
        "Name one of these: a customer, --phone, --email, or --token with the `t` of an "
        "unsubscribe link.",
        "请写其中一项：顾客编号、--phone 手机号、--email 邮箱，或 --token 退订链接中的 t。",
    ),
    "receipts_unreadable": (
        "The receipts {file} cannot be read: {detail}. Provide a CSV with the "
        "columns delivery_id, kind and at (and reason, if bounces have one).",
        "无法读取回执 {file}：{detail}。请用 CSV 文件，含 delivery_id、kind、at 三列（退信可另有 reason 列）。",
    ),
    "list_unreadable": (
        "The list {file} cannot be read, so it is unclear whether the customer is on it. "
        "Save it as UTF-8 CSV or move it away, then try again.",
        "名单 {file} 无法读取，无法判断该顾客是否在其中。请存为 UTF-8 的 CSV 或移走后重试。",
    ),
    "wave.heard": (
        "{kept} receipts saved, {refused} not understood.",
        "已记录 {kept} 条回执，{refused} 条无法识别。",
    ),
    "wave.heard.refused": (
        "  line {line}: {column} = {value} is not understood",
        "  第 {line} 行：{column} = {value} 无法识别",
    ),
    "not_confirmed": (
        "Nothing was erased. To erase {customer} for good, add --yes.",
        "未删除任何内容。确认要永久删除 {customer}，请加 --yes。",
    ),
    "erase.sure": (
        "Erase {customer} for good? This cannot be undone",
        "永久删除 {customer}？此操作无法撤销",
    ),
    "erase.done": (
        "Erased; the ledger now calls this customer {subject}. {rows_turned_away} rows of "
        "the exports will be refused at every import.",
        "已删除；账本中以 {subject} 代替。导出文件中的 {rows_turned_away} 行今后每次导入都会被拒绝。",
    ),
    "erase.removed": ("  {count} rows in {place}", "  {place}：{count} 行"),
    "erase.left": (
        "Please delete these yourself: the exports (also those uploaded, in the folder "
        "uploads), the contact list, backups, and what a gateway or mail server keeps.",
        "仍需您处理：导出文件本身（包括 uploads 文件夹中已上传的）、联系人名单、备份，以及网关或邮件服务器保留的内容。",
    ),
    "no_wecom": (
        "The shop file has no WeCom settings: add [channels.wecom] with corpid and secret.",
        "店铺文件没有企业微信设置：请添加 [channels.wecom]，含 corpid 与 secret。",
    ),
    "no_contacts": (
        "The shop file has no contact list: add [contacts] with a path and its columns.",
        "店铺文件没有联系人名单：请添加 [contacts]，含 path 与 columns。",
    ),
    "channel_unreachable": (
        "{channel} could not be used: {why} ({detail}).",
        "{channel} 未能使用：{why}（{detail}）。",
    ),
    # What `wave` prints.
    "wave.planned": (
        "Wave {wave} is planned. Nothing has been sent.",
        "批次 {wave} 已计划，尚未发送。",
    ),
    "wave.planned_before": (
        "Wave {wave} was planned before and stays unchanged:",
        "批次 {wave} 之前已计划，保持不变：",
    ),
    "wave.counts": (
        "{planned} planned = {treatment} treatment + {holdout} holdout + {excluded} "
        "excluded before assignment",
        "计划 {planned} = 触达组 {treatment} + 对照组 {holdout} + 分组前排除 {excluded}",
    ),
    "wave.excluded": ("  excluded {count}: {why}", "  排除 {count}：{why}"),
    "wave.without_consent": (
        "  {customers} customers have not agreed to {channel}; {elsewhere} of them can be reached "
        "through another channel",
        "  {customers} 位顾客未同意{channel}；其中 {elsewhere} 位可用其他渠道触达",
    ),
    "wave.cost": (
        "Cost: {first} if everybody uses the first offer, {most} with every later step.",
        "花费：首轮优惠全部使用为 {first}，含后续步骤最多 {most}。",
    ),
    "wave.warning.nobody": ("Warning: the wave contacts nobody.", "警告：没有可联系的顾客。"),
    "wave.warning.forecast": (
        "Warning: {seen} customers became dormant since the last list; {expected} were expected.",
        "警告：上次名单以来有 {seen} 位进入沉睡，预计为 {expected} 位。",
    ),
    "wave.warning.undecided": (
        "Warning: {seen} customers are waiting in {expected}, which is neither approved "
        "nor stopped; until then they are on no later list.",
        "警告：{expected} 尚未批准或停止，其中 {seen} 位顾客在此之前不会出现在以后的名单里。",
    ),
    "wave.warning.late": (
        "Warning: its cut-off {expected} was {seen} days ago; many customers will have "
        "ordered or left since.",
        "警告：截止日为 {expected}，已过去 {seen} 天，许多人的情况可能已变。",
    ),
    "wave.warning.offer_ended": (
        "{seen} messages name an offer that has ended, or ends before they can be sent. They will "
        "not be sent.",
        "{seen} 条消息所含的优惠已结束，或在可发送之前结束，将不会发送。",
    ),
    "wave.warning.budget_month": (
        "Warning: it may cost more than this month's budget has left: {expected}. What the budget "
        "does not reach is not sent.",
        "警告：成本可能超出本月剩余预算：{expected}。预算不足的消息不会发送。",
    ),
    "wave.warning.budget_quarter": (
        "Warning: it may cost more than this quarter's budget has left: {expected}. What the "
        "budget does not reach is not sent.",
        "警告：成本可能超出本季度剩余预算：{expected}。预算不足的消息不会发送。",
    ),
    "wave.warning.budget_half_year": (
        "Warning: it may cost more than this half-year's budget has left: {expected}. What the "
        "budget does not reach is not sent.",
        "警告：成本可能超出本半年剩余预算：{expected}。预算不足的消息不会发送。",
    ),
    "wave.harm.complaints": (
        "Paused: {waves}. Of those contacted {treated} complained to the shop, of the holdout "
        "{held_out}. Look into it, then resume or stop them.",
        "已暂停：{waves}。触达组中 {treated} 人投诉，对照组 {held_out} 人。请查明原因，再恢复或停止。",
    ),
    "wave.harm.fewer_orders": (
        "Paused: {waves}. Of those contacted {treated} returned within 30 days, of the holdout "
        "{held_out}: the messages keep customers away. Look into it, then resume or stop them.",
        "已暂停：{waves}。30天内触达组回来 {treated}，对照组 {held_out}：消息让顾客不再回来。请查明原因，再恢复或停止。",
    ),
    "wave.harm.refunds": (
        "Paused: {waves}. Of those contacted who ordered since, {treated} sent something back, of "
        "the holdout {held_out}. Look into it, then resume or stop them.",
        "已暂停：{waves}。之后下单的触达组顾客中 {treated} 人退款，对照组 {held_out} 人。请查明原因，再恢复或停止。",
    ),
    "wave.not_stopped": (
        "The channel {channel} is not stopped: nothing was changed.",
        "渠道 {channel} 没有停用，未作改动。",
    ),
    "wave.alert.harm": ("[{shop}] {harm}", "【{shop}】{harm}"),
    "wave.budget.month": ("month", "月"),
    "wave.budget.quarter": ("quarter", "季度"),
    "wave.budget.half_year": ("half-year", "半年"),
    "wave.budget.period": ("budget of the", "预算周期"),
    "wave.budget.days": ("from, to before", "起止（不含末日）"),
    "wave.budget.limit": ("allowed", "上限"),
    "wave.budget.spent": ("spent", "已用"),
    "wave.budget.left": ("left", "剩余"),
    "wave.budget.none": (
        "No budget over all waves is set (`budgets_minor` in `[waves]`).",
        "未设置所有批次的总预算（[waves] 中的 budgets_minor）。",
    ),
    "wave.warning.playbook_changed": (
        "The playbook was changed after the wave was planned. Its messages and offers are those of "
        "the plan.",
        "方案文件在计划之后有改动；该批次的消息和优惠仍按计划时的内容。",
    ),
    "wave.warning.share_of_base": (
        "Warning: it contacts {seen} of {expected} customers in all.",
        "警告：将联系 {seen} 位，全部顾客共 {expected} 位。",
    ),
    "wave.next.approve": (
        "The list, holdout included: {list}. To approve it: winback wave approve {wave}",
        "名单（含对照组）：{list}。批准发送：winback wave approve {wave}",
    ),
    "wave.how_many": ("How many customers will be contacted?", "要联系多少位顾客？"),
    "wave.none": (
        "No wave yet. Plan one with `winback wave plan`.",
        "还没有批次。可用 winback wave plan 计划。",
    ),
    "wave.approved": (
        "Wave {wave}: {treatment} customers, approved by {by}. `winback wave run` sends "
        "what is due.",
        "批次 {wave}：{treatment} 位，由 {by} 批准。winback wave run 将发送到期消息。",
    ),
    "wave.planned.first": (
        "Wave {wave}: {treatment} customers, approved by {by}. It costs more than one person may "
        "approve: a second one has to.",
        "批次 {wave}：{treatment} 位，{by} 已批准。花费超出一人可批准的金额：还需第二人批准。",
    ),
    "wave.stopped": (
        "Wave {wave} was stopped by {by}; nothing more is sent. If nothing had been sent, "
        "its customers count as new on the next list.",
        "批次 {wave} 已由 {by} 停止，不再发送；若尚未发出任何消息，其中的顾客会重新进入下一份名单。",
    ),
    "wave.paused": (
        "Wave {wave} is paused: nothing more of it is sent until it is resumed.",
        "批次 {wave} 已暂停：恢复之前不再发送。",
    ),
    "wave.edited": (
        "{count} messages of wave {wave} were corrected.",
        "批次 {wave} 有 {count} 条消息已改正。",
    ),
    "wave.edit.trial": (
        "{count} messages of wave {wave} would be corrected. Nothing was changed.",
        "批次 {wave} 将有 {count} 条消息改正。未作任何修改。",
    ),
    "wave.edit.left": (
        "{count} messages with the old text have already left, or may have.",
        "{count} 条旧文字的消息已经发出，或可能已发出。",
    ),
    "wave.state.paused": ("paused", "已暂停"),
    "wave.state.planned": ("planned", "已计划"),
    "wave.state.approved": ("approved", "已批准"),
    "wave.state.stopped": ("stopped", "已停止"),
    "wave.arm.treatment": ("treatment", "触达组"),
    "wave.arm.holdout": ("holdout", "对照组"),
    "wave.arm.excluded": ("excluded", "排除"),
    "wave.why.service": (
        "a service call: done at once and not measured",
        "服务回访，立即处理，不参与测量",
    ),
    "wave.message.pending": ("pending", "待发"),
    "wave.message.claimed": ("sending", "发送中"),
    "wave.message.sent": ("sent", "已发"),
    "wave.message.created": ("task created, to be confirmed by staff", "已建任务，待员工确认"),
    "wave.message.failed": ("failed", "失败"),
    "wave.message.unknown": ("unconfirmed", "未确认"),
    "wave.message.capped": ("not sent: limit reached", "受限未发"),
    "wave.message.suppressed": ("not sent", "未发"),
    "wave.message.not_needed": ("not needed", "无需发送"),
    "wave.column.wave": ("wave", "批次"),
    "wave.column.state": ("state", "状态"),
    "wave.column.cutoff": ("as of", "截止日"),
    "wave.column.treatment": ("treatment", "触达组"),
    "wave.column.holdout": ("holdout", "对照组"),
    "wave.column.excluded": ("excluded", "排除"),
    "wave.column.by": ("decided by", "决定人"),
    "wave.column.arm": ("group", "分组"),
    "wave.column.customers": ("customers", "人数"),
    "wave.column.why": ("reason", "原因"),
    "wave.column.step": ("step", "步骤"),
    "wave.column.channel": ("channel", "渠道"),
    "wave.column.message": ("state", "状态"),
    "wave.column.messages": ("messages", "条数"),
    "wave.column.play": ("play", "方案"),
    "wave.ran": (
        "{sent} sent, {created} tasks created, {failed} failed, {unknown} unconfirmed, "
        "{again} to retry.",
        "已发 {sent}，建任务 {created}，失败 {failed}，未确认 {unknown}，稍后重试 {again}。",
    ),
    "wave.kept": ("{count} not sent in this run: {why}", "本次未发 {count}：{why}"),
    "wave.channel_stopped": (
        "{channel} stopped: {why} ({detail})",
        "{channel} 已停：{why}（{detail}）",
    ),
    "wave.next_due": ("The next message is due at {when}.", "下一条消息到期时间：{when}。"),
    "wave.unknown": (
        "Unconfirmed: {delivery_id}, customer {customer_id}, step {step}, {channel}, "
        "{claimed_at} UTC. Find out whether it was sent, then run `winback wave resolve`.",
        "未确认：{delivery_id}，顾客 {customer_id}，步骤 {s"
        "tep}，{channel}，{claimed_at} UTC。查明后用 win"
        "back wave resolve。",
    ),
    "wave.resolved": ("The message {message} counts as {as}.", "消息 {message} 计为{as}。"),
    "wave.as.sent": ("sent", "已发"),
    "wave.as.not-sent": ("not sent", "未发"),
    "wave.opted_out": (
        "{customer} is no longer contacted: {channel}.",
        "不再联系 {customer}：{channel}。",
    ),
    "wave.every_channel": ("every channel", "全部渠道"),
    "wave.alert": (
        "{shop}: {channel} stopped: {why} ({detail})",
        "{shop}：{channel} 已停：{why}（{detail}）",
    ),
    "wave.alert.unknown": (
        "{shop}: unconfirmed messages: {count}. `winback wave status WAVE` lists them.",
        "{shop}：{count} 条消息未确认。winback wave status 批次 可查看。",
    ),
    "wave.matched": (
        "{found} customers matched with a WeCom contact; {unmatched} contacts without a "
        "customer, {ambiguous} customers with several: {file}",
        "{found} 位顾客已匹配企业微信联系人；{unmatched} 位联系人无对应顾客，{ambiguous} 位顾客对应多人：{file}",
    ),
    # What `audit` finds.
}
