"""The weekly list: whom to contact, how and with what, whom not, and why."""

RECALL_LIST: dict[str, tuple[str, str]] = {
    "channel.wecom": ("WeCom", "企业微信"),
    "channel.sms": ("SMS", "短信"),
    "channel.email": ("e-mail", "邮件"),
    "channel.call": ("call", "电话"),
    "channel.audience": ("platform audience", "平台人群包"),
    "channel.service": ("customer service, by its own means", "客服自行联系（如平台聊天）"),
    "channel.unknown": ("unknown: no contact list", "未知：没有联系人名单"),
    "list.owner.left": ("{owner} (has left)", "{owner}（已离职）"),
    "list.do": ("contact", "联系"),
    "list.later": ("later", "稍后"),
    "list.dont": ("do not contact", "不发送"),
    "list.cannot.because": ("Cannot be reached: {why}", "发不了：{why}"),
    "list.dont.because": ("Do not contact: {why}", "不发送：{why}"),
    "list.later.because": ("Later: {why}", "稍后：{why}"),
    "stopped.variable_missing": (
        "the message needs {detail}, which is unknown",
        "话术缺少变量 {detail}",
    ),
    "stopped.too_long": ("the message is too long: {detail}", "话术过长：{detail}"),
    "stopped.sms_sign_missing": (
        "SMS needs a signature: set messages.sms_sign",
        "短信缺少签名：请设置 messages.sms_sign",
    ),
    "stopped.sms_opt_out_missing": (
        "an SMS must end with how to opt out",
        "短信须以退订方式结尾",
    ),
    "stopped.empty": ("the text is empty", "正文为空"),
    "stopped.offer_ended": ("the offer has ended", "优惠已结束"),
    "stopped.email_opt_out_missing": (
        "e-mail needs a way to unsubscribe: set messages.email_opt_out",
        "邮件缺少退订方式：请设置 messages.email_opt_out",
    ),
    "stopped.subject_missing": ("the e-mail has no subject", "邮件缺少标题"),
    "stopped.not_personal": (
        "an audience gets one text for all, which cannot contain {detail}",
        "人群包只能统一文案，不能含 {detail}",
    ),
    "stopped.offer_currency": ("the offer is in {detail}", "优惠以 {detail} 计价"),
    "stopped.no_consent": (
        "has not agreed to the channels that would reach them",
        "未同意可触达的渠道",
    ),
    "stopped.unreachable": ("no channel of the play reaches them", "没有可用渠道触达"),
    "never.taken_out": ("taken out by hand: {detail}", "人工移出：{detail}"),
    "never.ordered": ("ordered since", "之后已下单"),
    "never.holdout": ("holdout, do not contact", "对照组·不发送"),
    "never.washout": (
        "changes between treatment and holdout, not contacted for a while",
        "对照组换期，暂不联系",
    ),
    "never.merged_across": (
        "merged with a customer of the other group, do not contact",
        "与另一组的顾客合并·不发送",
    ),
    "list.capacity": ("the week's capacity is used up", "本周名额已满"),
    "list.owner_capacity": ("{owner}'s capacity for the week is used up", "{owner}本周名额已满"),
    "list.budget": ("the week's budget is spent", "本周预算用完"),
    "list.offer_budget": ("the offer's budget is spent", "该优惠预算用完"),
    "list.sheet.title": (
        "{owner}: contact these {count} first today",
        "{owner}：今天先联系这{count}位",
    ),
    "list.sheet.nobody": ("no owner yet", "暂无跟进人"),
    "list.sheet.dont": ("do not contact", "不发送"),
    "list.sheet.later": ("later", "稍后"),
    "list.sheet.dont.title": ("{count} not to contact, and why", "这{count}位不发送，原因如下"),
    "list.sheet.later.title": ("{count} for a later week", "这{count}位排到以后"),
    "list.hours": ("{hours} hours after it reaches you", "收到后{hours}小时内"),
    "list.day": ("{name} {day}", "{name}{day}日"),
    "month.1": ("January", "1月"),
    "month.2": ("February", "2月"),
    "month.3": ("March", "3月"),
    "month.4": ("April", "4月"),
    "month.5": ("May", "5月"),
    "month.6": ("June", "6月"),
    "month.7": ("July", "7月"),
    "month.8": ("August", "8月"),
    "month.9": ("September", "9月"),
    "month.10": ("October", "10月"),
    "month.11": ("November", "11月"),
    "month.12": ("December", "12月"),
    "list.title": (
        "{shop}, {cutoff}: {contact} to contact, {later} later, {dont} not to contact",
        "{shop}，{cutoff}：联系 {contact} 位，稍后 {later} 位，不发送 {dont} 位",
    ),
    "list.first": (
        "The first list of this shop: everyone in a recall segment counts as new.",
        "本店第一份名单：所有在召回分群中的顾客都算新增。",
    ),
    "list.since": (
        "New since {since}, or waiting from before; {already} were already on an earlier list.",
        "自 {since} 以来新增，含此前排队者；另有 {already} 位已在之前名单中。",
    ),
    "list.reach": (
        "Reachable: {reachable} of {candidates}, not counting the unsubscribed. Filters "
        "for a platform's audience tool: audience.json.",
        "可触达 {reachable} / {candidates} 位（不含已退订）。平台人群筛选条件见 audience.json。",
    ),
    "list.service": (
        "{count} of them are service calls: they come first and use no capacity.",
        "其中 {count} 位是服务回访：最先处理，不占名额。",
    ),
    "list.strangers": (
        "{strangers} of the {listed} customers in the contact list are not this shop's: "
        "check the id column.",
        "联系人名单中 {listed} 位顾客有 {strangers} 位不在本店数据中：请检查编号列。",
    ),
    "list.kept": (
        "{count} who were on an earlier list of this day still count as listed.",
        "本日较早名单上的 {count} 位仍记为已列出。",
    ),
    "list.then": ("{when}{channels}: {what}", "{when}{channels}：{what}"),
    "list.then.message": ("a message", "话术"),
    "list.column.then": ("if no answer", "若无响应"),
    "list.no_capacity": (
        "{count} are more than can be contacted in a week: set [recall] capacity, and the "
        "most valuable come first.",
        "一周联系不了 {count} 位：请设置 [recall] capacity，将从价值最高者开始。",
    ),
    "list.no_contacts": (
        "The shop file has no contact list, so who can be reached is unknown: add [contacts].",
        "店铺文件没有联系人名单，无法得知谁可触达：请添加 [contacts]。",
    ),
    "list.contacts_without_id": (
        "Left out: {count} rows of the contact list without a customer id.",
        "联系人名单中有 {count} 行没有顾客编号，已略过。",
    ),
    "list.cost.no_money": (
        "The offers cost at most {cost} if everyone uses theirs.",
        "若全部使用，优惠成本最多 {cost}。",
    ),
    "list.cost": (
        "The offers cost at most {cost} if everyone uses theirs; at stake {stake}.",
        "若全部使用，优惠成本最多 {cost}；面临损失 {stake}。",
    ),
    "list.by_play": ("play", "方案"),
    "list.by_why": ("why not", "原因"),
    "list.customers": ("customers", "顾客数"),
    "list.files": (
        "List     {xlsx}\nTable    {csv}\nAudience {audience}",
        "名单 {xlsx}\n表格 {csv}\n人群 {audience}",
    ),
    "list.out": ("Saved as {out}", "已写入 {out}"),
    "list.column.customer_id": ("customer", "顾客"),
    "list.column.what": ("what to do", "怎么做"),
    "list.column.why_not": ("why not", "不联系的原因"),
    "list.column.segment": ("recall segment", "召回分群"),
    "list.column.reason": ("why", "原因"),
    "list.column.model_reason": (
        "the model's reasons (↑ risk up, ↓ risk down)",
        "模型理由（↑升高风险 ↓降低风险）",
    ),
    "list.column.churn_probability": ("churn probability", "流失概率"),
    "list.column.value_at_stake": ("value at stake", "面临损失"),
    "list.column.next_order_90_day": ("next order due (90 %)", "最迟应购日（90%）"),
    "list.column.play": ("play", "方案"),
    "list.column.channel": ("channel", "渠道"),
    "list.column.reach": ("reachable by", "可触达渠道"),
    "list.column.owner": ("owner", "跟进人"),
    "list.column.doer": ("who does it", "执行人"),
    "list.column.offer": ("offer", "优惠"),
    "list.column.cost": ("offer's cost at most", "优惠最高成本"),
    "list.column.expiry": ("offer until", "优惠截止"),
    "list.column.eligibility": ("open to", "领取条件（公示）"),
    "list.column.subject": ("subject", "标题"),
    "list.column.message": ("message", "话术"),
    "list.column.touchpoints": ("touchpoints", "触点"),
    "list.column.tags": ("tags", "标签"),
    "list.column.entered_on": ("on the list since", "进入名单日"),
    "check.fine": (
        "{plays} plays and {rules} rules: none contradicts itself, none is fully covered "
        "by another.",
        "{plays} 个方案、{rules} 条规则：没有自相矛盾，也没有被完全覆盖的。",
    ),
    "check.unknown_quantity": (
        "{rule}: {detail} is neither a known quantity nor a threshold; "
        "see docs/reference/features.md.",
        "{rule}：不认识 {detail}，可用的量见 docs/reference/features.md。",
    ),
    "check.unknown_cell": (
        "{rule}: there is no {detail}; correct the name.",
        "{rule}：没有 {detail}，请改正名称。",
    ),
    "check.no_threshold": (
        "{rule} never fires in this shop: {detail} has no value (the shop has no amounts).",
        "{rule} 在本店不会触发：{detail} 没有取值（本店没有金额）。",
    ),
    "check.no_data": (
        "This shop sends no data for {detail}, so these never fire: {rule}.",
        "本店没有「{detail}」的数据，以下不会触发：{rule}。",
    ),
    "check.contradiction": (
        "{rule} can never fire: its conditions exclude each other.",
        "{rule} 永远不会触发：条件自相矛盾。",
    ),
    "check.shadowed": (
        "{rule} can never fire: {detail}, which comes before it, covers all its customers.",
        "{rule} 永远不会触发：排在前面的 {detail} 已覆盖其全部顾客。",
    ),
    "check.rule": ("rule {name}", "规则 {name}"),
    "check.play": ("play {name}", "方案 {name}"),
    "check.message": (
        "play {name}, {channel}, {language}: {why}",
        "方案 {name}，{channel}，{language}：{why}",
    ),
    "check.closed": ("{channel} cannot be used yet: {why}", "{channel}暂不可用：{why}"),
    "check.currency": (
        "The playbook's amounts are in {currencies}, the shop's in {currency}: {offers} "
        "will not be offered. Choose another playbook, such as international, or write "
        "your own with extends.",
        "剧本金额以 {currencies} 计，本店以 {currency} 计：{offers} 不会发出。请换用其他剧本（如 international），或用 extends "
        "自写。",
    ),
    "message.sms_opt_out": ("Reply STOP to opt out", "拒收请回复R"),
    "preview.forbidden": ("Do not contact now: {why}", "现在不发送：{why}"),
    "preview.not_reached": ("the contact list has no such contact", "名单中没有此联系方式"),
    "preview.title": ("{customer} · {play} · {channel}", "{customer} · {play} · {channel}"),
    "preview.size": ("{characters} characters, {bytes} bytes", "{characters} 字，{bytes} 字节"),
    "preview.segments": ("{segments} SMS", "{segments} 条短信"),
}
