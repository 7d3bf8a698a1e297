"""Customers who wait for an answer."""

CASES: dict[str, tuple[str, str]] = {
    "case.kind.general": ("question", "咨询"),
    "case.kind.priority": ("question of a valuable customer", "高价值顾客咨询"),
    "case.kind.complaint": ("complaint", "投诉"),
    "case.column.id": ("case", "工单"),
    "case.column.kind": ("kind", "类型"),
    "case.column.customer": ("customer", "顾客"),
    "case.column.opened": ("since", "开始"),
    "case.column.due": ("answer by", "应答复于"),
    "case.column.state": ("state", "状态"),
    "case.state.waiting": ("waits", "待答复"),
    "case.state.overdue": ("overdue", "已超时"),
    "case.state.answered": ("answered, not solved", "已答复，未解决"),
    "case.none": ("Nobody waits for an answer.", "没有等待答复的顾客。"),
    "case.opened": (
        "Case {case} ({kind}) is open: answer by {due}.",
        "工单 {case}（{kind}）已建：请在 {due} 前答复。",
    ),
    "case.answered": ("Case {case} ({kind}) is answered.", "工单 {case}（{kind}）已答复。"),
    "case.solved": ("Case {case} ({kind}) is solved.", "工单 {case}（{kind}）已解决。"),
    "case.service": (
        "Last 30 days, {kind}: {count}; answered in time {in_time}, solved {solved}, mean time to "
        "the answer in minutes: {minutes}.",
        "近 30 天，{kind}：{count}；按时答复 {in_time}，已解决 {solved}，平均答复 {minutes} 分钟。",
    ),
}
