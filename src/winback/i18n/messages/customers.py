"""Scoring: where customers stand, what to do with them and why."""

CUSTOMERS: dict[str, tuple[str, str]] = {
    # Cells.
    "quadrant.loyal_regular": ("loyal regulars", "高价值常客"),
    "quadrant.rising_vip": ("rising VIPs", "新锐VIP"),
    "quadrant.wake_regular": ("regulars to wake", "需唤醒熟客"),
    "quadrant.silent": ("silently lost", "静默流失区"),
    "quadrant.dormant_high_value": ("dormant high value", "沉睡高价值"),
    "quadrant.dormant_big_ticket": ("dormant big tickets", "沉睡大单客"),
    "quadrant.frequent_small": ("frequent, small baskets", "高频低客单"),
    "quadrant.newcomer": ("newcomers", "观察/新客"),
    "lifecycle.new": ("new", "新客"),
    "lifecycle.growing": ("growing", "成长客"),
    "lifecycle.mature": ("mature", "成熟客"),
    "lifecycle.quiet": ("quiet", "沉默客"),
    "lifecycle.lost": ("lost", "流失客"),
    "tier.high": ("high", "高"),
    "tier.medium": ("medium", "中"),
    "tier.low": ("low", "低"),
    "class.silent_bestseller": ("silent, bought a bestseller", "静默·买过畅销品"),
    "class.silent_bargain": ("silent, bought bargains only", "静默·只买清仓低价"),
    "class.silent_other": ("silent, others", "静默·其他"),
    "recall.complaint_open": ("complaint open: a service call", "投诉未解决：客服回访"),
    "recall.high_value_at_risk": ("high value at risk", "高价值有流失风险"),
    "recall.dormant_high_value": ("dormant high value", "沉睡高价值"),
    "recall.dormant_big_ticket": ("dormant big tickets", "沉睡大单客"),
    "recall.silent_bestseller": ("silent, bought a bestseller", "静默·买过畅销品"),
    "recall.silent_bargain": ("silent, bought bargains only", "静默·只买清仓低价"),
    "recall.silent_other": ("silent, others", "静默·其他"),
    "recall.wake_regular": ("regulars to wake", "需唤醒熟客"),
    "recall.cart_unpaid": ("cart not paid", "加购未支付"),
    "recall.first_order_no_repeat": ("first order, no repeat", "首单未复购"),
    "recall.price_sensitive_at_risk": ("price-sensitive at risk", "价格敏感有流失风险"),
    "recall.model_high_risk": ("high risk, by the model", "模型判定高风险"),
    "recall.no_action": ("no action", "暂不触达"),
    # Why a customer is in a recall segment.
    "reason.complaint_open": ("{complaints} complaint(s) open", "有{complaints}个投诉未解决"),
    "reason.refunded": (
        "the last order was wholly refunded: no marketing",
        "最近一单已全额退款：不做营销",
    ),
    "reason.high_value_quiet": (
        "high value, but hardly any activity; {days} days since the last order",
        "高价值但几乎无互动；距上次下单{days}天",
    ),
    "reason.high_value_at_risk": (
        "high value, {percent} % churn probability; {days} days since the last order",
        "高价值，流失概率{percent}%；距上次下单{days}天",
    ),
    "reason.dormant_high_value": (
        "a regular big spender, dormant: {days} days since the last order (dormant: more "
        "than {silence})",
        "高频高消费，沉睡：距上次下单{days}天（超过{silence}天算沉睡）",
    ),
    "reason.dormant_big_ticket": (
        "a big spender, dormant: {days} days since the last order (dormant: more than {silence})",
        "高消费，沉睡：距上次下单{days}天（超过{silence}天算沉睡）",
    ),
    "reason.silent_bestseller": (
        "silent for {days} days; spent most on a bestseller",
        "已静默{days}天；花费最多的是畅销品",
    ),
    "reason.silent_bargain": (
        "silent for {days} days; bought on clearance or at low prices",
        "已静默{days}天；主要买清仓或低价品",
    ),
    "reason.silent_other": (
        "silent for {days} days (silent: more than {silence})",
        "已静默{days}天（超过{silence}天算静默）",
    ),
    "reason.wake_regular": (
        "a regular, dormant: {days} days since the last order",
        "熟客，沉睡：距上次下单{days}天",
    ),
    "reason.cart_unpaid": (
        "put something into the cart {cart_days} days ago, no order since",
        "{cart_days}天前加购，至今未下单",
    ),
    "reason.first_order_no_repeat": (
        "first order {days} days ago, none since",
        "首单后{days}天未复购",
    ),
    "reason.price_sensitive_at_risk": (
        "buys on offers, {percent} % churn probability",
        "对价格敏感，流失概率{percent}%",
    ),
    "reason.model_high_risk": (
        "{percent} % churn probability by the model; {days} days since the last order",
        "模型判定流失概率{percent}%；距上次下单{days}天",
    ),
    "reason.no_action": (
        "no reason to contact now: {percent} % churn probability",
        "暂无需触达：流失概率{percent}%",
    ),
    # Scoring.
    "score.title": (
        "{shop} on {cutoff}: {customers} customers",
        "{shop}，{cutoff}：共 {customers} 位顾客",
    ),
    "score.by_recall": ("recall segment", "召回分群"),
    "score.by_quadrant": ("quadrant", "象限"),
    "score.by_tier": ("risk", "风险等级"),
    "score.customers": ("customers", "顾客数"),
    "score.share": ("share", "占比"),
    "score.dormant_value": (
        "The sleeping gold mine: {customers} dormant customers (no order for more than "
        "{silence} days), who have spent {spend}. About {returning} of them would return "
        "anyway within {outcome_days} days and spend {returning_spend}.",
        "沉睡金矿：{customers} 位沉睡顾客（超过 {silence} 天未下单"
        "），历史消费 {spend}。其中约 {returning} 位不打扰也会在 {"
        "outcome_days} 天内回来，消费 {returning_spend}。",
    ),
    "score.dormant_value.no_money": (
        "The sleeping gold mine: {customers} dormant customers (no order for more than "
        "{silence} days); what they spent is unknown, as the shop has no amounts. About "
        "{returning} of them would return anyway within {outcome_days} days.",
        "沉睡金矿：{customers} 位沉睡顾客（超过 {silence} 天未下单"
        "）；没有金额数据，不知消费多少。其中约 {returning} 位不打扰也会在 "
        "{outcome_days} 天内回来。",
    ),
    "score.dormant_value.how": (
        "Dormant = no order for more than S = {silence} days; customers with an open "
        "complaint or a refunded last order are left out. Spent = in all, net of refunds. "
        "Would return anyway = the model's forecast, and for the long dormant this shop's "
        "past return rate by length of silence over {cutoffs} earlier cut-offs; at "
        "{test_cutoff} it expected {expected} of {silent} dormant customers, and {actual} "
        "returned.",
        "沉睡 = 超过 S = {silence} 天未下单，不含投诉未解决与最近一单全"
        "额退款者。历史消费 = 扣除退款后的全部消费。不打扰也会回来 = 模型预测；沉睡"
        "更久者用本店过去按沉睡时长的回流率（取自 {cutoffs} 个更早的截止日）。"
        "在 {test_cutoff} 的 {silent} 位沉睡顾客中预期 {exp"
        "ected} 位，实际回来 {actual} 位。",
    ),
    "score.worth": (
        "In the next {outcome_days} days spend of {expected} ({expected_low} to "
        "{expected_high}) is expected anyway; {at_stake} ({at_stake_low} to "
        "{at_stake_high}) is at stake: what customers who place no order would have spent. "
        "95 % intervals.",
        "未来{outcome_days}天预计自然消费 {expected}（{expe"
        "cted_low} 至 {expected_high}）；面临损失 {at_st"
        "ake}（{at_stake_low} 至 {at_stake_high}），即"
        "不下单的顾客本会消费的金额。括号内为95%区间。",
    ),
    "score.stake": ("at stake", "面临损失"),
    "score.expected": ("expected anyway", "自然消费"),
    "score.dormant_value.stake": (
        "Of that, {at_stake} ({at_stake_low} to {at_stake_high}) is at stake within the "
        "next {outcome_days} days.",
        "金矿中未来{outcome_days}天面临损失 {at_stake}（{at_stake_low} 至 {at_stake_high}）。",
    ),
    "score.weeks": (
        "expected to become dormant, week by week: {weeks}",
        "逐周预计进入沉睡：{weeks}",
    ),
    "score.peaks": (
        "the days on which most customers become dormant, unless they order:",
        "进入沉睡人数最多的几天（若不再下单）：",
    ),
    "score.peak": (
        "  {day}: {customers}, about {expected} of them expected to",
        "  {day}：{customers} 位，预计 {expected} 位会进入沉睡",
    ),
    "score.peak.sale": (
        "  {day}: {customers} buyers of {sale}, about {expected} of them expected to",
        "  {day}：{sale}的买家 {customers} 位，预计 {expected} 位会进入沉睡",
    ),
    "score.old_model": (
        "This model learned from outcomes until {days} days before the cut-off: after six months, "
        "train again.",
        "该模型学到的结果止于截止日前{days}天：超过半年，请重新训练。",
    ),
    "score.no_input": (
        "empty: {segments} (the shop sends no such data)",
        "本店缺少所需数据，故为空：{segments}",
    ),
    "score.after_training": (
        "This model has seen orders up to {seen}, after the cut-off: use these scores to "
        "explore, not to judge the model.",
        "该模型学习过截至 {seen} 的订单，晚于本截止日：这些得分仅供查看，不能用来评判模型。",
    ),
    "score.day_left_out": (
        "Orders of {day} are not counted: the day may not have been over. If it was, "
        "--cutoff {next} counts them.",
        "{day} 的订单未计入：导出时当天可能尚未结束。若已结束，用 --cutoff {next} 计入。",
    ),
    "score.files": (
        "Snapshot {snapshot}\nList     {list}\nCalendar {calendar}",
        "快照 {snapshot}\n名单 {list}\n日历 {calendar}",
    ),
    "column.customer_id": ("customer", "顾客"),
    "column.recall_segment": ("recall segment", "召回分群"),
    "column.reason": ("why", "原因"),
    "column.model_reason": (
        "the model's reasons (↑ risk up, ↓ risk down)",
        "模型理由（↑升高风险 ↓降低风险）",
    ),
    "column.value_at_stake": ("value at stake", "面临损失"),
    "column.expected_spend": ("expected anyway", "预计自然消费"),
    "column.next_order_90_day": ("next order due (90 %)", "最迟应购日（90%）"),
    "column.churn_probability": ("churn probability", "流失概率"),
    "column.net_spend_lifetime": ("lifetime spend", "累计消费"),
    "column.days_since_last_order": ("days since last order", "距上次下单天数"),
}
