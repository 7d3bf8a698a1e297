"""Delivery: why a message is not sent or what became of it, and what a rehearsal prints."""

DELIVERY: dict[str, tuple[str, str]] = {
    # Why a message is kept back, or what became of it.
    "kept.ordered": ("ordered since", "之后已下单"),
    "kept.deposit": ("a deposit is open", "有未付尾款的定金"),
    "kept.refunded": ("a refund since", "之后有退款"),
    "kept.order_news": ("an order came in or changed since the plan", "计划之后新增或更改了订单"),
    "kept.refund_news": ("a refund came in or changed since the plan", "计划之后新增或更改了退款"),
    "kept.out_of_stock": ("the product it names is sold out", "所提商品已售罄"),
    "kept.tampered": (
        "the row was changed by hand; see the audit",
        "记录被手工改动；请看审计结果",
    ),
    "kept.offer_ended": ("its offer has ended", "优惠已结束"),
    "kept.shipment": ("a parcel is under way", "有在途包裹"),
    "kept.own_broadcast": ("got a campaign of your own", "刚收到店铺自己的群发"),
    "kept.ledger_copied": (
        "another copy of this ledger has sent since",
        "此账本的另一份副本已在发送",
    ),
    "kept.witness_silent": ("the witness does not answer", "见证库没有应答"),
    "kept.settings_changed": ("the channels were changed during the run", "运行中渠道设置已更改"),
    "kept.complaint": ("a complaint is open", "有未解决的投诉"),
    "kept.taken_out": ("taken out by hand", "人工移出"),
    "kept.unsubscribed": ("unsubscribed", "已退订"),
    "kept.complained": ("reported a message as spam", "曾举报为垃圾信息"),
    "kept.bounced": ("the address does not exist", "地址不存在（硬退信）"),
    "kept.bounced_soft": ("the address bounced several times in a row", "该地址连续多次退信"),
    "kept.no_such_address": (
        "the receiver says that the address does not exist",
        "接收方称该地址不存在",
    ),
    "kept.dead_list": (
        "too many of the last messages bounced or were refused: look at the list of contacts. "
        "It goes on after a day",
        "最近的消息退信或拒收过多：请检查联系人名单。一天后继续",
    ),
    "kept.opt_outs": (
        "so many of its messages were answered by unsubscribing, more than the shop allows. It "
        "stays stopped until somebody lets it go on",
        "退订率高于店铺设定的上限。有人确认之前一直停用",
    ),
    "kept.spam_complaints": (
        "so many of its messages were reported as spam, more than the shop allows. It stays "
        "stopped until somebody lets it go on",
        "垃圾信息举报率高于店铺设定的上限。有人确认之前一直停用",
    ),
    "kept.merged": (
        "another id of the same person gets the message",
        "同一人的另一编号已收到消息",
    ),
    "kept.merged_holdout": (
        "another id of the same person is in the holdout",
        "同一人的另一编号在对照组",
    ),
    "kept.beside_holdout": (
        "somebody with the same address or phone is in the holdout",
        "使用同一邮箱或手机号的另一顾客在对照组",
    ),
    "kept.merged_across": (
        "merged with a customer of the other group",
        "与另一组的顾客合并",
    ),
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
    "kept.budget_month": ("this month's budget of all waves is spent", "本月总预算用完"),
    "kept.budget_quarter": ("this quarter's budget of all waves is spent", "本季度总预算用完"),
    "kept.budget_half_year": (
        "this half-year's budget of all waves is spent",
        "本半年总预算用完",
    ),
    "kept.step_before": ("an earlier step ended the follow-up", "上一步已结束后续步骤"),
    "kept.run_died": ("the run ended before the result was known", "运行中断，结果不明"),
    "kept.other_receiver": (
        "another receiver may have it from an earlier attempt: find out, and resolve it",
        "之前的接收方可能已收到：请核实后处理",
    ),
    "kept.key_forgotten": (
        "an earlier attempt may have arrived, and the receiver has forgotten its key by now: find "
        "out, and resolve it",
        "之前可能已送达，而接收方已不再记得该编号：请核实后处理",
    ),
    "kept.restored": ("the ledger was restored", "账本曾恢复"),
    "kept.late": ("the run was paused for too long", "运行停顿过久"),
    "kept.list_damaged": (
        "a list cannot be read: save it as CSV in UTF-8, or move it away",
        "名单无法读取：请存为 UTF-8 的 CSV，或移走",
    ),
    "kept.list_busy": ("a list is still being written", "名单仍在写入中"),
    "kept.unreachable": ("the receiver cannot be reached", "无法连接接收方"),
    "kept.no_answer": ("the receiver did not answer", "接收方没有应答"),
    "kept.busy": ("the receiver is busy", "接收方繁忙"),
    "kept.refused": ("the receiver refuses the message", "接收方拒收"),
    "kept.gone": (
        "the receiver's address no longer exists: check `url`",
        "接收地址已失效：请检查 url",
    ),
    "kept.no_right": (
        "the receiver does not accept our credentials: check `secret`, or for mail `user` "
        "and `password`",
        "接收方不接受身份凭据：请检查 secret（邮件为 user 和 password）",
    ),
    "kept.redirected": (
        "the receiver redirects, which is not followed: check `url`",
        "接收方要求跳转，不予跟随：请检查 url",
    ),
    "kept.address_forbidden": (
        "the receiver is in a private network: set `private = true` if that is intended",
        "接收地址在内网：若确需如此，请设置 private = true",
    ),
    "kept.play_unknown": ("the playbook no longer has this play", "剧本中已没有该方案"),
    "kept.vault_key_wrong": (
        "the address vault was encrypted with another key: restore `vault.key`",
        "联系方式库由另一把密钥加密：请恢复 vault.key",
    ),
    "kept.tag_unchanged": ("has this tag already", "已有此标签"),
    "kept.task_created": ("waiting for staff to confirm", "等待员工确认"),
    "kept.confirmed": ("sent by staff", "员工已发送"),
    "kept.no_address": ("no address is known", "没有联系地址"),
    "kept.no_owner": ("has no owner", "没有跟进人"),
    "kept.owner_unknown": ("WeCom does not know the owner", "企业微信中没有该跟进人"),
    "kept.not_a_contact": ("is not a contact of the owner", "不是该员工的联系人"),
    "kept.tag_unknown": ("WeCom does not know the tag", "企业微信中没有该标签"),
    "kept.nobody_to_send_to": ("WeCom finds no recipient", "企业微信无可发送对象"),
    "kept.received_enough": ("has received enough group messages", "该客户接收群发已达上限"),
    "kept.too_long": ("the message is too long", "消息过长"),
    "kept.empty": ("the message is empty", "消息为空"),
    "kept.too_early": ("it is too early to ask", "查询过早"),
    "kept.no_token": (
        "WeCom gives no token: check `corpid` and `secret`",
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
        "WeCom answers with an unknown code: find out before you go on",
        "企业微信返回未知错误码：请先核实",
    ),
    "kept.bad_address": ("the address or the subject is not valid", "地址或主题无法使用"),
    "kept.later": ("the receiver asks to try again later", "接收方要求稍后重试"),
    "kept.sender_refused": (
        "the mail server refuses the sender: check `sender`",
        "邮件服务器拒绝发件人：请检查 sender",
    ),
    "kept.no_tls": (
        "the mail server offers no encryption: check `security`",
        "邮件服务器不支持加密：请检查 security",
    ),
    "kept.erased": ("was erased", "已删除"),
    "kept.resolved": ("resolved by a person", "已由人工核实"),
    # Opting out by an address.
    "address_not_usable": (
        "'{value}' is no whole phone number or e-mail address. Pass it as the customer wrote it, "
        "with nothing covered.",
        "“{value}”不是完整的手机号或邮箱。请原样填写，不要打码。",
    ),
    "wave.opted_out_address": (
        "{address} is no longer contacted: {channel}. Customers who have it: {customers}.",
        "不再联系 {address}：{channel}。拥有该地址的顾客：{customers} 位。",
    ),
    "rehearse.done": (
        "Rehearsed wave {wave} in {runs} runs, on a copy of the ledger and with made-up "
        "addresses. Nothing left this machine.",
        "已演练批次 {wave}，共运行 {runs} 次；使用账本副本和虚构地址，没有任何内容离开本机。",
    ),
    "rehearse.taken": ("  {receiver}: {count}", "  {receiver}：{count}"),
    "rehearse.twice": ("Sent twice: {count}", "重复发送：{count}"),
    "rehearse.mail": ("taken by the mail server", "邮件服务器收到"),
    "rehearse.wecom": ("tasks and tags in WeCom", "企业微信的任务与标签"),
    "rehearse.webhook": ("taken by the gateway", "网关收到"),
    "rehearse.handoff": ("on hand-off lists", "写入移交名单"),
    "rehearse.audience": ("names in audience files", "写入人群包"),
    "rehearse.sample": ("{channel}: {subject} {body}", "{channel}：{subject} {body}"),
}
