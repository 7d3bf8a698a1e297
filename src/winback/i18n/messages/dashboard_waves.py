"""What the dashboard's pages on waves say."""

DASHBOARD_WAVES: dict[str, tuple[str, str]] = {
    "dashboard.results": ("What it earned", "真实收益"),
    "dashboard.results.label": (
        "Bars by segment: how many returned, and how many of them were incremental, with "
        "the interval",
        "按分群：回来的人数，其中的增量及区间",
    ),
    "dashboard.curve": ("Week by week", "逐周变化"),
    "dashboard.curve.week": ("weeks after a wave began", "批次开始后的周数"),
    "dashboard.curve.label": (
        "Line: what the waves brought, week by week, with its interval",
        "折线：批次逐周带来的增量及区间",
    ),
    "dashboard.waves.every": ("Every wave", "全部批次"),
    "dashboard.wave.planned": (
        "Planned {at}, customers as of {day}.",
        "{at} 计划，顾客数据截至 {day}。",
    ),
    "dashboard.wave.decided": ("Decided {at} by {by}.", "{by} 于 {at} 决定。"),
    "dashboard.wave.cost": (
        "First messages cost {first}, all steps at most {most}.",
        "首条消息成本 {first}，全部步骤最多 {most}。",
    ),
    "dashboard.wave.detect": (
        "Alone it can show {points} points and more.",
        "单独可检出 {points} 个百分点以上的效果。",
    ),
    "dashboard.wave.detect.nothing": (
        "Alone it can show nothing; over the weeks it adds up.",
        "单独无法得出结论，需逐周累积。",
    ),
    "dashboard.wave.decide": ("Approve it?", "是否批准"),
    "dashboard.wave.how_many": (
        "How many customers are contacted? Type the number from above.",
        "将触达多少位顾客？请输入上方的数字。",
    ),
    "dashboard.wave.despite": ("I have read the warnings", "我已阅读警告"),
    "dashboard.wave.progress": ("How far it is", "进度"),
    "dashboard.wave.so_far": (
        "{out} of {total} messages sent, {open} pending.",
        "{total} 条消息中已发 {out} 条，待发 {open} 条。",
    ),
    "dashboard.wave.so_far.stopped": (
        "{out} of {total} messages sent; {open} never will be.",
        "{total} 条消息中已发 {out} 条，其余 {open} 条不再发送。",
    ),
    "dashboard.wave.stop.how": (
        "Nothing more of it is sent, and this week gets no other wave. The holdout stays what it "
        "is compared with.",
        "该批次不再发送任何消息，本周也不会有其他批次；对照组保持不变。",
    ),
    "dashboard.wave.no_messages": ("It has no messages.", "没有消息。"),
    "dashboard.wave.budget": (
        "Budget of {name}: {spent} of {limit}.",
        "{name} 预算：{spent} / {limit}。",
    ),
    "dashboard.wave.all_offers": ("all offers", "全部优惠"),
    "dashboard.wave.unknown": ("Unconfirmed messages", "未确认的消息"),
    "dashboard.wave.unknown.how": (
        "Look in the channel whether it arrived, and say so. It is not sent again either way.",
        "请到渠道核实是否送达并确认。无论如何都不会重发。",
    ),
    "dashboard.wave.unknown.none": ("None.", "没有。"),
    "dashboard.wave.fate": ("What became of it", "结果"),
    "dashboard.wave.how_known": ("How you know", "依据"),
    "dashboard.wave.plan": ("The plan", "计划"),
    "dashboard.wave.not_read": (
        "Not measured yet. “Measure now” is on the page of waves.",
        "尚未衡量，可在批次页点击“立即衡量”。",
    ),
}
