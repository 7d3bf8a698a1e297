"""The daily look, the reports of week and month, and the doctor."""

WATCH: dict[str, tuple[str, str]] = {
    # Alerts. Those of the data are under `alert.`.
    "monitoring.over": ("Resolved: {alert}", "已解除：{alert}"),
    "monitoring.drift": (
        "{count} of {of} quantities the model reads have drifted since it was tested, most "
        "of all {quantity}: {share} of the customers have moved ({how}). Check the "
        "exports, then train again.",
        "模型所读的{of}个量中有{count}个自检验以来已漂移，最大的是 {quan"
        "tity}：{share}的顾客位置已变（{how}）。请检查导出文件，再重新训"
        "练。",
    ),
    "monitoring.scores": (
        "The model's scores have drifted since it was tested: {share} of the customers "
        "have moved ({how}).",
        "模型分数自检验以来已漂移：{share}的顾客位置已变（{how}）。",
    ),
    "monitoring.drift.values": (
        "median {before}, now {after}",
        "中位数原为{before}，现为{after}",
    ),
    "monitoring.drift.missing": (
        "missing {before}, now {after}",
        "缺失率原为{before}，现为{after}",
    ),
    "monitoring.accuracy": (
        "{share} of the forecasts of {day} came true ({low} to {high}; {customers} "
        "customers who got no message). Always predicting the more common outcome: "
        "{majority}; both outcomes weighted alike: {balanced}. {why}.",
        "{day} 的预测有{share}成真（{low} 至 {high}；{customers}位未被触达的顾客）。总猜多数：{majority}；两类平均：{balanced}。"
        "{why}。",
    ),
    "monitoring.why.below_line": ("Below the line of 85 %", "低于85%警戒线"),
    "monitoring.why.no_better_than_majority": (
        "Not 3 points better than the majority",
        "比总猜多数好不到3个百分点",
    ),
    "monitoring.why.unbalanced": (
        "One of the two outcomes is predicted badly",
        "两类中有一类预测得差",
    ),
    "monitoring.calibration": (
        "The probabilities of {day} did not come true in {off} of ten parts (mean error "
        "{error}). Train again.",
        "{day} 给出的概率在十分位中有{off}组未应验（平均误差{error}）。请重新训练。",
    ),
    "monitoring.model_age": (
        "The outcomes the model learned from ended {days} days ago. Train again: make train.",
        "模型学到的结果已是{days}天前的。请重新训练：make train。",
    ),
    "monitoring.unknown_messages": (
        "Unconfirmed messages of {subject}: {count}. Find out whether they were sent, then "
        "run `winback wave resolve`.",
        "{subject} 有{count}条消息未确认。请查明后用 winback wave resolve 处理。",
    ),
    "monitoring.undecided_wave": (
        "The wave {subject} has waited {days} days for a decision. Approve it or stop it.",
        "批次 {subject} 已等待决定{days}天。请批准或停止。",
    ),
    "monitoring.case_overdue": (
        "Customers who wait too long for an answer ({kind}): {count}, the first since {due}.",
        "等待答复超时的顾客（{kind}）：{count}，最早应在 {due} 前答复。",
    ),
    "monitoring.rule.case_overdue": ("customers answered in time", "按时答复"),
    "monitoring.rule.data": ("data: freshness, volume, refused rows", "数据：新鲜度、数量、拒收"),
    "monitoring.rule.drift": ("drift of what the model reads", "模型输入的漂移"),
    "monitoring.rule.scores": ("drift of its scores", "模型分数的漂移"),
    "monitoring.rule.accuracy": ("forecasts that came true (85 % line)", "预测准确率（85%警戒线）"),
    "monitoring.rule.calibration": ("probabilities that came true", "概率是否应验"),
    "monitoring.rule.model_age": ("age of the model", "模型年龄"),
    "monitoring.rule.unknown_messages": ("unconfirmed messages", "未确认的消息"),
    "monitoring.rule.undecided_wave": ("waves awaiting a decision", "待决定的批次"),
    "monitoring.state.well": ("OK", "正常"),
    "monitoring.state.alert": ("ALERT", "告警"),
    "monitoring.state.unknown": ("not clear yet", "还说不清"),
    # Reports.
    "review.daily": ("{shop}: daily checks, {day}", "{shop}：每日追踪，{day}"),
    "review.sent": ("Alerts sent: {count}.", "已通知{count}条告警。"),
    "review.no_alerts": ("No alert.", "没有告警。"),
    "review.files": ("{page} and {book}", "{page} 和 {book}"),
    "review.weekly.title": ("Effect of the interventions, week by week", "干预效果周报"),
    "review.monthly.title": ("Monthly review", "月度复盘"),
    "review.when": (
        "{shop}, playbook {playbook}, tables up to {as_of}.",
        "{shop}，剧本 {playbook}，数据截至 {as_of}。",
    ),
    "review.headline": ("In one sentence", "一句话"),
    "review.bar.gross": ("returned: {count}", "回来：{count}"),
    "review.bar.because": (
        "incremental: {because} ({low} to {high})",
        "增量：{because}（{low} 至 {high}）",
    ),
    "review.low": ("from (95 %)", "下限（95%）"),
    "review.high": ("to (95 %)", "上限（95%）"),
    "review.what": ("What can be said", "结论"),
    "review.waves": ("Wave by wave", "逐批次"),
    "review.segments": ("Segment by segment", "逐分群"),
    "review.tests": ("Tests", "A/B测试"),
    "review.curve": ("Incremental, week by week", "增量，逐周累计"),
    "review.curve.how": (
        "The line is the estimate, the band its 95 % interval; what was only pulled forward comes "
        "down again.",
        "线为估计，带为95%区间；只是提前购买的部分会回落。",
    ),
    "review.messages": ("What became of the messages", "消息去向"),
    "review.heard": (
        "Heard back: {opened} opened, {clicked} clicked, {answered} answered, {unsubscribed} want "
        "no more.",
        "反馈：打开{opened}，点击{clicked}，回复{answered}，退订{unsubscribed}。",
    ),
    "review.alerts": ("Alerts", "告警"),
    "review.sources": ("Where each figure comes from", "每个数字的出处"),
    "review.sources.how": (
        "Groups and messages are read from the ledger, orders from the tables; these are "
        "the queries.",
        "分组与消息来自账本，订单来自数据表；以下是所用查询。",
    ),
    "review.indicators": ("Customers, business, operations", "客户 · 业务 · 运营"),
    "review.indicator": ("indicator", "指标"),
    "review.value": ("value", "数值"),
    "review.how": ("how it is counted", "口径"),
    "review.churn": ("Who placed no order", "流失"),
    "review.churn.how": (
        "Of those who had ordered in the {population} days before {day}: who placed no order in "
        "the {days} days since. Weighted as source B has it: 40, 30, 30.",
        "{day} 前{population}天内下过单者中，此后{days}天未下单的占比。按来源B加权：40、30、30。",
    ),
    "review.group": ("group", "人群"),
    "review.customers": ("customers", "人数"),
    "review.churned": ("placed no order", "流失"),
    "review.weight": ("weight", "权重"),
    "review.group.high_value": ("high value", "高价值"),
    "review.group.new": ("new (3 orders at most)", "新客（≤3单）"),
    "review.group.ordinary": ("ordinary", "普通"),
    "review.group.weighted": ("weighted", "加权"),
    "review.group.all": ("all", "全部"),
    "review.dimension.customer": ("customers", "客户"),
    "review.dimension.business": ("business", "业务"),
    "review.dimension.operations": ("operations", "运营"),
    "review.indicator.churn": ("churn", "流失率"),
    "review.how.churn": ("no order within the outcome window", "结果期内无订单"),
    "review.indicator.silent": ("silent churn (A18)", "静默流失率（A18）"),
    "review.how.silent": (
        "share of all who ever ordered with no order for more than {days} days, complaints "
        "and refunds included",
        "所有下过单者中超过{days}天未下单的占比（含投诉和退款者）",
    ),
    "review.indicator.recalled": (
        "share of the treatment group that returned (gross)",
        "挽回率（毛值）",
    ),
    "review.how.recalled": ("within the play's success window", "方案观察期内"),
    "review.indicator.recalled_incremental": (
        "of which incremental, in points",
        "其中增量（百分点）",
    ),
    "review.how.recalled_incremental": ("against the holdout", "与对照组相比"),
    "review.indicator.repeat": ("ordered again within 30 days (B24)", "挽回客户30天复购率（B24）"),
    "review.how.repeat": ("of those who came back", "回来者中"),
    "review.indicator.retained": ("stayed six months (B26)", "挽回客户6个月留存（B26）"),
    "review.how.retained": (
        "ordered again within 180 days of their return",
        "回来后180天内再次下单",
    ),
    "review.indicator.revenue": ("recovered revenue (gross, B98)", "挽回营收（毛值，B98）"),
    "review.how.revenue": (
        "customers who came back times their mean order, as source B counts it",
        "回来人数×平均客单价，与来源B口径相同",
    ),
    "review.indicator.net_incremental": ("incremental net margin", "增量净毛利"),
    "review.how.net_incremental": (
        "against the holdout, after messages and offers",
        "与对照组相比，扣除消息与优惠",
    ),
    "review.indicator.ltv": (
        "spend after a return, of an active customer's (B25)",
        "LTV恢复率（B25）",
    ),
    "review.how.ltv": (
        "in {days} days from the return on; active customers = 100 %",
        "回来后{days}天；活跃客户=100%",
    ),
    "review.indicator.response": ("answered (B33)", "干预响应率（B33）"),
    "review.how.response": (
        "clicked or answered, of all messages sent",
        "点击或回复 ÷ 已发消息",
    ),
    "review.indicator.reached": ("reached (B32)", "干预触达率（B32）"),
    "review.how.reached": (
        "messages sent, of those planned as first steps",
        "已发 ÷ 计划的首步消息",
    ),
    "review.indicator.decided": ("decision time", "决策用时"),
    "review.how.decided": (
        "days from plan to approval, in the middle",
        "计划到批准的天数（中位数）",
    ),
    "review.indicator.nps": ("NPS, CSAT", "NPS、CSAT"),
    "review.how.nps": ("no survey is read; not measured here", "未接入调研，此处不衡量"),
    "review.column.queries": ("queries", "查询"),
    # The doctor.
    "doctor.title": ("{shop}: installation check", "{shop}：安装体检"),
    "doctor.grade": (
        "Grade {grade}: {well} OK, {watch} to check, {bad} to fix.",
        "评级 {grade}：{well}项正常，{watch}项留意，{bad}项需修。",
    ),
    "doctor.state.well": ("OK", "正常"),
    "doctor.state.watch": ("check", "留意"),
    "doctor.state.bad": ("FIX", "需修"),
    "doctor.python": ("Python {version}", "Python {version}"),
    "doctor.disk": ("{free} GB free on this shop's disk", "本店所在磁盘剩余 {free} GB"),
    "doctor.disk.bad": (
        "only {free} GB free on this shop's disk: free some space",
        "本店所在磁盘仅剩 {free} GB：请腾出空间",
    ),
    "doctor.tables": ("tables up to {day}, all files intact", "数据至 {day}，文件完好"),
    "doctor.tables.bad": ("tables: {why}", "数据：{why}"),
    "doctor.model": ("model of {day}, all files intact", "模型 {day}，文件完好"),
    "doctor.model.bad": ("model: {why}", "模型：{why}"),
    "doctor.scored": ("scored up to {day}", "评分至 {day}"),
    "doctor.scored.watch": (
        "the newest scores are of {day}, the tables of {last}: run winback score",
        "最近评分为 {day}，数据至 {last}：请运行 winback score",
    ),
    "doctor.scored.none": ("never scored: run winback score", "尚未评分：请运行 winback score"),
    "doctor.ledger": (
        "ledger at version {version}, consistent",
        "账本版本 {version}，内容一致",
    ),
    "doctor.ledger.none": (
        "no ledger yet: it is created with the first wave or key",
        "尚无账本：首个批次或密钥时建立",
    ),
    "doctor.sender": (
        "this machine sends; what it has sent is noted in {folder}",
        "由本机发送；已发记录在 {folder}",
    ),
    "doctor.sender.other": (
        "another machine sends from this ledger; this one sends nothing",
        "此账本由另一台机器发送，本机不发送",
    ),
    "doctor.state.inside": (
        "the state folder is inside the data folder ({folder}), so that one backup turns back "
        "both: "
        "set WINBACK_STATE to a folder outside",
        "状态目录 {folder} 在数据目录之内，恢复备份会把两者一起退回：请把 WINBACK_STATE 设到其外",
    ),
    "doctor.witness": (
        "a copy of this machine would be seen before it sends",
        "若有本机的副本，会在发送前发现",
    ),
    "doctor.witness.none": (
        "a copy of this whole machine, or one rolled back, could not be seen: a ledger in Postgres "
        "or a `witness` would see it",
        "整机复制或回滚无法从内部发现；使用 Postgres 账本或 witness 才能发现",
    ),
    "doctor.ledger.bad": ("ledger: {why}", "账本：{why}"),
    "doctor.private": (
        "files with secrets are readable by their owner only",
        "含密文件仅所有者可读",
    ),
    "doctor.private.bad": (
        "{file} can be read by others: chmod 600",
        "{file} 可被他人读取：请 chmod 600",
    ),
    "doctor.holdout": ("holdout: {share} of each play", "每个方案留{share}作对照组"),
    "doctor.holdout.bad": (
        "no holdout: what waves earn cannot be measured",
        "没有对照组：无法说明批次的收益",
    ),
    "doctor.margin": ("margins are known", "毛利已知"),
    "doctor.margin.watch": (
        "no unit costs and no margin_share: only revenue is known",
        "没有成本也没有 margin_share：只能谈销售额",
    ),
    "doctor.contacts": ("a contact list is set", "已指定联系人名单"),
    "doctor.contacts.watch": (
        "no contact list: who can be reached is unknown",
        "没有联系人名单：不知道谁可触达",
    ),
    "doctor.alerts": ("no alert is open", "没有未解除的告警"),
    "doctor.alerts.watch": (
        "open alerts: {count}; see winback report daily",
        "{count}条告警未解除：winback report daily",
    ),
    "doctor.receiver": ("alerts have a receiver", "告警有人接收"),
    "doctor.receiver.watch": (
        "alerts have no receiver: set [alerts] or a WeCom robot",
        "告警无人接收：请设置 [alerts] 或企业微信群机器人",
    ),
}
