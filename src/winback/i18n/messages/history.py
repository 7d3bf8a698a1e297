"""What `check-history` prints: receivers' logs held against the ledger."""

HISTORY: dict[str, tuple[str, str]] = {
    "history_log_unreadable": (
        "The log {file} cannot be read at line {line}: {detail}. Provide JSON lines or a CSV with "
        "delivery_id, or with wave_id, customer_id and step.",
        "无法读取日志 {file} 第 {line} 行：{detail}。请提供 JSON 行或 CSV，含 delivery_id，或 wave_id、customer_id 与 "
        "step。",
    ),
    "history.well": (
        "{count} messages of the ledger, {lines} lines of receivers: everything fits.",
        "账本中 {count} 条消息，接收方日志 {lines} 行：全部相符。",
    ),
    "history.nameless": (
        "{count} lines name neither a message nor a customer, and could not be checked.",
        "有 {count} 行既无消息编号也无顾客编号，无法核对。",
    ),
    "history.received_twice": (
        "{subject}: {count} messages were received twice, such as {examples}.",
        "{subject}：{count} 条消息被收到两次，例如 {examples}。",
    ),
    "history.two_receivers": (
        "{subject}: {count} messages went to two receivers, such as {examples}.",
        "{subject}：{count} 条消息发给了两个接收方，例如 {examples}。",
    ),
    "history.person_twice": (
        "{subject}: one person under two accounts got the same step, {count} times, such as "
        "{examples}.",
        "{subject}：同一人以两个账号收到同一步骤，共 {count} 次，例如 {examples}。",
    ),
    "history.holdout_received": (
        "{subject}: messages reached the holdout: {count} customers, such as {examples}.",
        "{subject}：对照组收到了消息：{count} 位顾客，例如 {examples}。",
    ),
    "history.excluded_received": (
        "{subject}: messages reached customers left out of the wave: {count} customers, such as "
        "{examples}.",
        "{subject}：被排除在批次外的顾客收到了消息：{count} 位顾客，例如 {examples}。",
    ),
    "history.unplanned": (
        "{subject}: {count} lines are of messages the ledger never planned, such as {examples}.",
        "{subject}：{count} 行是账本从未计划的消息，例如 {examples}。",
    ),
    "history.other_customer": (
        "{subject}: {count} messages went to another customer than they were for, such as "
        "{examples}.",
        "{subject}：{count} 条消息发给了别的顾客，例如 {examples}。",
    ),
    "history.denied": (
        "{subject}: {count} messages were received that the ledger says never left, such as "
        "{examples}.",
        "{subject}：{count} 条消息已被收到，账本却称从未发出，例如 {examples}。",
    ),
    "history.before_claim": (
        "{subject}: {count} messages arrived before the ledger claimed them, such as {examples}.",
        "{subject}：{count} 条消息在账本领取之前就已到达，例如 {examples}。",
    ),
    "history.lost": (
        "{subject}: {count} messages the ledger calls sent are not in the receiver's log, such as "
        "{examples}.",
        "{subject}：{count} 条消息账本称已发，接收方日志中却没有，例如 {examples}。",
    ),
    "history.opted_out": (
        "{subject}: {count} messages were claimed after their customer had said no, such as "
        "{examples}.",
        "{subject}：{count} 条消息在顾客拒收之后才领取，例如 {examples}。",
    ),
    "history.no_consent": (
        "{subject}: {count} messages were claimed without the customer's consent, such as "
        "{examples}.",
        "{subject}：{count} 条消息未经顾客同意就领取，例如 {examples}。",
    ),
    "history.quiet_hours": (
        "{subject}: {count} messages were claimed in quiet hours or on a day without messages, "
        "such as {examples}.",
        "{subject}：{count} 条消息在免打扰时段领取，例如 {examples}。",
    ),
    "history.cap_broken": (
        "{subject}: more messages than the cap allows: {count} customers, such as {examples}.",
        "{subject}：超出频次上限：{count} 位顾客，例如 {examples}。",
    ),
    "history.treated_without_message": (
        "{subject}: {count} customers in treatment without their messages, such as {examples}.",
        "{subject}：触达组中有 {count} 位顾客缺少消息，例如 {examples}。",
    ),
    "history.message_without_treatment": (
        "{subject}: messages planned for {count} customers outside treatment, such as {examples}.",
        "{subject}：{count} 位不在触达组的顾客有计划消息，例如 {examples}。",
    ),
    "history.arms_miscounted": (
        "{subject}: the groups are not what was planned: {examples}.",
        "{subject}：分组人数与计划不符：{examples}。",
    ),
    "history.budget_miscounted": (
        "{subject}: the budget spent is not the cost of what went out: {examples}.",
        "{subject}：预算支出与已发消息的成本不符：{examples}。",
    ),
}
