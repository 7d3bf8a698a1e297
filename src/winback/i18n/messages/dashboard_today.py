"""What the dashboard's first page says."""

DASHBOARD_TODAY: dict[str, tuple[str, str]] = {
    "dashboard.today.dormant": ("Dormant", "沉睡顾客"),
    "dashboard.today.dormant.hint": (
        "{share} of {total}: no order for more than {days} days.",
        "占 {total} 位顾客的 {share}：超过 {days} 天未下单。",
    ),
    "dashboard.today.stake": ("At stake: {stake}.", "面临损失 {stake}。"),
    "dashboard.today.call": ("To contact this week", "本周应联系"),
    "dashboard.today.call.hint": ("On the list of {day}.", "见 {day} 的名单。"),
    "dashboard.today.no_list": ("No list yet.", "还没有名单。"),
    "dashboard.today.earned": (
        "Won back by your messages, all waves",
        "由消息带回的顾客（全部批次）",
    ),
    "dashboard.today.last": (
        "The last wave that can be read, {wave}: {said}.",
        "最近可解读的批次 {wave}：{said}。",
    ),
    "dashboard.today.no_report": ("Not measured yet.", "尚未衡量。"),
    "dashboard.today.no_waves": ("No wave has been sent yet.", "还没有发出批次。"),
    "dashboard.today.decide": ("Needs a decision", "待你决定"),
    "dashboard.today.nothing_to_decide": ("Nothing waits for you.", "没有待办事项。"),
    "dashboard.today.changed": ("What changed", "本周变化"),
    "dashboard.today.since": ("Since {day}", "自 {day} 以来"),
    "dashboard.today.no_week_before": (
        "There is no list of a week before to compare with.",
        "没有一周前的名单可比较。",
    ),
    "dashboard.today.next": ("Who becomes dormant next", "即将沉睡的顾客"),
    "dashboard.today.nobody_next": ("Nobody within four weeks.", "四周内没有。"),
    "dashboard.today.weeks": ("expected to become dormant, by week", "每周预计沉睡人数"),
    "dashboard.today.weeks.label": (
        "Bars: {expected} customers are expected to become dormant within {weeks} weeks",
        "柱状图：未来 {weeks} 周预计 {expected} 位顾客沉睡",
    ),
    "dashboard.change.customers": ("Customers", "顾客"),
    "dashboard.change.dormant": ("Dormant", "沉睡顾客"),
    "dashboard.decide.wave": (
        "{wave} waits for your decision: {count} customers",
        "{wave} 待批准：{count} 位顾客",
    ),
    "dashboard.decide.plan": (
        "The list of {day} is no wave yet: plan it",
        "{day} 的名单尚未计划成批次",
    ),
    "dashboard.decide.unknown": (
        "{wave}: unconfirmed messages: {count}",
        "{wave}：{count} 条消息未确认",
    ),
    "dashboard.decide.alerts": ("Open alerts: {count}", "{count} 条告警未处理"),
    "dashboard.decide.unmatched": (
        "{count} contacts are no customers: their ids differ",
        "{count} 个联系人无法匹配到顾客",
    ),
    "dashboard.decide.failed": (
        "The last job was refused: {why}",
        "上一个任务未完成：{why}",
    ),
}
