"""The recall checklist that `docs/reference/playbook.md` hands out (A20–A23): its headings and the
sentences between its tables."""

HANDOUT: dict[str, tuple[str, str]] = {
    "playbook_docs.title": ("Recall checklist for silent customers", "“静默流失客户”召回行动清单"),
    "playbook_docs.made": (
        "Generated from the rules and playbooks themselves by `make docs`; do not edit. What "
        "stands here is what the program does.",
        "由规则与剧本数据自动生成（make docs），请勿手改。这里写的就是程序做的。",
    ),
    "playbook_docs.monday": ("Every Monday", "每周一"),
    "playbook_docs.monday.1": (
        "Export last week's orders, put them where the shop file points, `winback import --shop "
        "FILE`.",
        "导出上周订单，放到店铺文件所指位置，运行 winback import --shop FILE。",
    ),
    "playbook_docs.monday.2": (
        "`winback recall --shop FILE`: the list of customers newly dormant or newly at "
        'risk, the most valuable first. Those marked "do not contact" get no message.',
        "winback recall --shop FILE：新增沉睡与新增风险顾客名单"
        "，价值最高者在前。标“不发送”的不要联系。",
    ),
    "playbook_docs.monday.3": (
        "Service calls first: complaints, late refunds, late parcels. No offer repairs a broken "
        "promise.",
        "先办服务：投诉、退款延迟、物流延误。没有优惠能弥补失信。",
    ),
    "playbook_docs.monday.4": (
        "Hand each owner their sheet of `list.xlsx`; send what is to be sent by WeCom, e-mail or "
        "SMS, the channel as the list says.",
        "把 list.xlsx 中各自的工作表交给跟进人；按名单所列渠道（企业微信、邮件、短信）发送。",
    ),
    "playbook_docs.monday.5": (
        "Hold out part of each group and send them nothing: without a holdout nobody knows "
        "what the messages earned.",
        "每群留出一部分不发：没有对照组，就不知道消息赚了多少。",
    ),
    "playbook_docs.monday.6": (
        "Once a month: `make train`, `winback diagnose`, and this list again: what fired, what "
        "never did (`winback playbook check`).",
        "每月一次：make train、winback diagnose，并回看本清单：哪些触发了，哪些从未触发（winback playbook check）。",
    ),
    "playbook_docs.rfm": ("RFM logic, and its SQL", "RFM 核心逻辑与 SQL"),
    "playbook_docs.rfm.how": (
        "R is the days since the last order, F the purchase days ever, M the lifetime spend net of "
        "refunds known by then, all as of "
        "a cut-off: nothing that was known later counts. B is what a customer does besides "
        "buying, in 90 days.",
        "R 为距上次下单天数，F 为累计购买天数，M 为扣除已知退款后的累计消费，均以截止日为准：之后才知道的不算。"
        "B 为90天内除购买以外的互动。",
    ),
    "playbook_docs.rfm.score": (
        "The RFM-B score (0–100) is R {r}, F {f}, M {m}, B {b}, each a percentile of the shop's "
        "customers at training; without "
        "events B's share is spread over the others.",
        "RFM-B 得分（0–100）= R {r}、F {f}、M {m}、B {b}，各为训练时本店顾客的百分位；没有行为数据时 B 的权重分给其余三项。",
    ),
    "playbook_docs.rfm.sql": (
        "The statement below makes R, F and M for every customer on {day}; `winback sql --shop "
        "FILE` prints all features of your "
        "shop, `--dialect postgres` for PostgreSQL.",
        "下面的语句计算所有顾客在 {day} 的 R、F、M；winback sql --shop FILE 打印本店全部特征，--dialect postgres 用于 "
        "PostgreSQL。",
    ),
    "playbook_docs.segments": ("Segments and how they are judged", "客户分群的定义与判断标准"),
    "playbook_docs.segments.how": (
        "Every list is read from the top; the first rule that fits wins, so everyone is in exactly "
        "one cell of it. Thresholds are "
        "fixed when the model is trained: nobody changes segment because others did.",
        "每张表自上而下，第一条符合的规则生效，因此每人只在一格。阈值在训练时固定：不会因为别人变化而换群。",
    ),
    "playbook_docs.quadrants": ("Quadrants", "象限"),
    "playbook_docs.lifecycle": ("Lifecycle", "生命周期"),
    "playbook_docs.classes": ("Classes of the silent", "静默客户分类"),
    "playbook_docs.recall": ("Recall segments, in order", "召回分群（按顺序）"),
    "playbook_docs.touchpoints": ("Touchpoints", "触点"),
    "playbook_docs.touchpoints.how": (
        "A customer may be at several. The share of churn is the source's claim, not a model "
        'input; "inferred" marks those we '
        "read into its text.",
        "一位顾客可同时处于多个触点。流失占比为来源说法，不作为模型输入；“推断”为我们从原文推出的触点。",
    ),
    "playbook_docs.tags": ("Tags", "标签"),
    "playbook_docs.never": ("Never contact", "不发送"),
    "playbook_docs.never.also": (
        "Also: unsubscribed, a day of no messages ([recall] blackout), the product named is out "
        "of stock.",
        "另有：已退订、禁发日（[recall] blackout）、所提商品缺货。",
    ),
    "playbook_docs.plays": ("Plays", "方案库"),
    "playbook_docs.plays.how": (
        "The playbook `{name}`. Read from the top; the first that fits is theirs. Claims are the "
        "source's figures without a "
        "control group: never an expected effect.",
        "剧本 {name}。自上而下，第一个符合的方案生效。“说法”为来源数字，无对照组，不作为预期效果。",
    ),
    "playbook_docs.more": ("Plays of single trades", "行业方案"),
    "playbook_docs.templates": ("Message templates", "触达话术模板库"),
    "playbook_docs.templates.how": (
        "Variables in braces are filled in for each customer; a message whose variable is not "
        "known is not sent. An SMS gets the "
        "shop's sign and the way to opt out, an e-mail the page to unsubscribe.",
        "花括号变量按顾客填入；变量未知则该条不发。短信自动加签名与退订语，邮件自动加退订页。",
    ),
    "playbook_docs.variables": ("Variables", "变量"),
    "playbook_docs.settings": ("Numbers you may change", "可调的数字"),
    "playbook_docs.settings.how": (
        "In the shop file, under [segments] (at the next training) and [journey] (at the next "
        "score). `preset` brings those of a trade.",
        "写在店铺文件的 [segments]（下次训练生效）与 [journey]（下次评分生效）。preset 带来行业默认值。",
    ),
    "playbook_docs.col.name": ("name", "名称"),
    "playbook_docs.col.rule": ("rule", "判断标准"),
    "playbook_docs.col.action": ("what to do", "动作"),
    "playbook_docs.col.source": ("source", "来源"),
    "playbook_docs.col.claim": ("claimed share of churn", "流失占比（说法）"),
    "playbook_docs.col.for": ("for whom", "适用顾客"),
    "playbook_docs.col.steps": ("steps", "步骤"),
    "playbook_docs.col.offer": ("offer", "优惠"),
    "playbook_docs.col.judged": ("judged after", "观察期"),
    "playbook_docs.col.claims": ("claims", "说法"),
    "playbook_docs.col.text": ("text", "话术"),
    "playbook_docs.col.setting": ("setting", "设置"),
    "playbook_docs.col.default": ("default", "默认"),
    "playbook_docs.col.home": ("home", "家居"),
    "playbook_docs.col.beauty": ("beauty", "美妆"),
    "playbook_docs.col.meaning": ("meaning", "含义"),
    "playbook_docs.col.cost": ("cost at most", "最高成本"),
    "playbook_docs.col.holds": ("holds for", "有效期"),
    "playbook_docs.col.open_to": ("open to (published)", "领取条件（公示）"),
    "playbook_docs.offers": ("Offers", "优惠目录"),
    "playbook_docs.inferred": ("inferred", "推断"),
    "playbook_docs.step": (
        "{number}. {when}{channels}: {what}",
        "{number}. {when}{channels}：{what}",
    ),
    "playbook_docs.step.after": ("after {days} days, {only_if}", "{days}天后，{only_if}"),
    "playbook_docs.only.always": ("in any case; ", "均执行；"),
    "playbook_docs.only.not_opened": ("if not opened; ", "若未打开；"),
    "playbook_docs.only.not_clicked": ("if not clicked; ", "若未点击；"),
    "playbook_docs.only.no_answer": ("if no answer; ", "若无响应；"),
    "playbook_docs.days": ("{days} days from sending", "自发送起{days}天"),
    "playbook_docs.hours": ("{hours} hours from sending", "自发送起{hours}小时"),
    "playbook_docs.until": ("until {day}", "至{day}"),
    "playbook_docs.else": (" (else {template})", "（否则用 {template}）"),
    "playbook_docs.by_model": ("the model decides", "由模型判定"),
    "variable.shop": ("the shop's name as customers know it", "顾客所知的店名"),
    "variable.days": ("whole days since their last order", "距上次下单的整天数"),
    "variable.orders": ("how many orders they have placed", "累计订单数"),
    "variable.bestseller": (
        "the product they spent most on, if it was a bestseller when they bought it (A12)",
        "花费最多且购买时为畅销品的商品（A12）",
    ),
    "variable.favourite": ("the product they spent most on", "花费最多的商品"),
    "variable.last_product": ("the first product of their last order", "最近一单的首个商品"),
    "variable.category": ("the category they spent most in", "花费最多的品类"),
    "variable.coupon": ("the offer's title", "优惠名称"),
    "variable.amount": ("what the offer takes off", "优惠减免金额"),
    "variable.threshold": ("from what order value on the offer holds", "优惠门槛金额"),
    "variable.expiry": ("the last day of the offer", "优惠最后一天"),
    "variable.eligibility": (
        "whom the offer is open to, as the shop publishes it",
        "公示的领取条件",
    ),
    "variable.owner": ("who looks after them", "跟进人"),
    "setting.silence_days": ("S (A1, C1).", "S：静默天数（A1、C1）；不填则取本店90%分位间隔"),
    "setting.high_frequency_days": (
        "Purchase days ever that make a customer high F (A5).",
        "高频线：累计购买天数（A5）",
    ),
    "setting.high_monetary_quantile": (
        "Of lifetime net spend (A5).",
        "高额线：累计净消费分位（A5）",
    ),
    "setting.high_monetary_minor": ("high monetary, minor units", "高额线：金额（分），优先于分位"),
    "setting.high_value_quantile": ("Of a year's net spend (C5).", "高价值线：年净消费分位（C5）"),
    "setting.high_value_minor": ("high value, minor units", "高价值线：金额（分），优先于分位"),
    "setting.low_behaviour_score": (
        "B at or below this is low (B43).",
        "低互动线：B 不高于此（B43）",
    ),
    "setting.high_risk": ("B42.", "高风险线（B42）"),
    "setting.medium_risk": ("medium risk", "中风险线"),
    "setting.weights": ("R, F, M, B (B39).", "R、F、M、B 权重（B39）"),
    "setting.coupon_claims": (
        "Claims in 30 days that make price-sensitive (B45).",
        "30天领券数达到即价格敏感（B45）",
    ),
    "setting.discounted_share": ("discounted share", "优惠订单占比达到即价格敏感"),
    "setting.bargain_share": ("Of spend, for class B (A8).", "清仓低价消费占比，B类（A8）"),
    "setting.cart_days": (
        "How long an unpaid cart is worth a message (B15).",
        "加购未付多少天内值得提醒（B15）",
    ),
    "setting.first_order_days": (
        "Silence after a first order that is worth a message (B49).",
        "首单后多少天未复购（B49）",
    ),
    "setting.review_days": (
        "After a first order without a review (B49, B71).",
        "首单后多少天未评价（B49、B71）",
    ),
    "setting.no_activity_days": (
        "Silence from which missing activities matter (B49).",
        "静默多少天起看活动参与（B49）",
    ),
    "setting.no_order_days": ("Without an order (B49).", "多少天未下单（B49）"),
    "setting.refund_days": (
        "A refund asked for so long ago is late (B18, C15).",
        "退款申请多少天算延迟（B18、C15）",
    ),
    "setting.many_coupons": ("Claimed in 30 days (B7, C15).", "30天领券张数（B7、C15）"),
    "setting.late_shipment_days": (
        "A parcel under way for longer is late (C15).",
        "在途超过多少天算延误（C15）",
    ),
    "setting.open_shipment_days": (
        "A parcel sent longer ago is taken as delivered.",
        "发货超过多少天视为已签收",
    ),
    "setting.broadcast_days": (
        "No message after the shop's own broadcast.",
        "本店群发后多少天内不再发",
    ),
    "setting.night_carts": ("At night within a week (B78).", "一周内深夜加购次数（B78）"),
    "setting.full_price_share": (
        "Orders with something off, at most: pays the full price.",
        "优惠订单占比不超过即正价购买",
    ),
    "setting.regular_spread": (
        "Spread of their gaps by its mean, at most: orders by habit.",
        "间隔离散度不超过即规律回购",
    ),
    "setting.fading_share": (
        "Of a year's orders in the last 90 days, at most: is fading.",
        "近90天订单占一年之比不超过即频次下降",
    ),
    "setting.weekend_orders_share": ("Orders at weekends, at least.", "周末订单占比达到即周末活跃"),
    "setting.evening_hour": (
        "Mean hour of their orders, at least: buys in the evening.",
        "平均下单时刻不早于即晚间活跃",
    ),
    "setting.many_categories": ("In a year: explores the shop.", "一年品类数达到即跨品类"),
    "setting.many_views": (
        "In 30 days without an order: looks and does not buy.",
        "30天浏览数达到而未下单即只看不买",
    ),
    "setting.many_questions": (
        "To the service in 90 days: wants to be served (B85).",
        "90天咨询次数达到即服务偏好（B85）",
    ),
}
