"""What `winback audit` finds, and what it can prove."""

AUDIT: dict[str, tuple[str, str]] = {
    "audit.well": (
        "No customer lost, no group changed; caps, budgets, claims, seals and the audit log are "
        "consistent.",
        "没有顾客遗漏，分组未变；上限、预算、领取记录、封印和操作日志一致。",
    ),
    "audit.unproven": (
        "The rows were sealed anew on {day}: whether one was changed by hand before that day cannot "
        "be proven.",
        "记录于 {day} 重新加封：此前是否有人手工改动，无法证明。",
    ),
    "audit.row_changed": (
        "{count} rows of {subject} were changed or added by hand, or written without the key: "
        "{examples}",
        "{subject} 有 {count} 条记录被手工改动或添加，或写入时没有密钥：{examples}",
    ),
    "audit.rows_missing": (
        "Rows of {examples} are missing, or older ones were put back.",
        "{examples} 有记录缺失，或被换回旧记录。",
    ),
    "audit.audit_log_cut": (
        "The audit log had {examples} rows and lacks some of them, or was written anew.",
        "操作日志曾有 {examples} 条记录，现有缺失，或被重写。",
    ),
    "audit.wave_missing": (
        "Waves that the audit log tells of are missing: {examples}",
        "操作日志中的批次已不在：{examples}",
    ),
    "audit.wave_unknown": (
        "The audit log knows nothing of these waves: {examples}",
        "操作日志中没有这些批次：{examples}",
    ),
    "audit.wave_changed": (
        "{subject}: its state is not what the audit log says was decided.",
        "{subject}：状态与操作日志所记的决定不符。",
    ),
    "audit.messages_missing": (
        "{subject}: messages were added or removed after planning.",
        "{subject}：计划之后有消息被添加或删除。",
    ),
    "audit.budget_changed": (
        "{subject}: a budget was changed after planning.",
        "{subject}：预算在计划后被改动。",
    ),
    "audit.plan_changed": (
        "{subject}: the plan was changed after it was made.",
        "{subject}：计划内容事后被改动。",
    ),
    "audit.draws_changed": (
        "What groups are drawn by was changed: {examples}",
        "抽签所用的盐值或比例被改动：{examples}",
    ),
    "audit.claim_forgotten": (
        "{count} messages wait as if never sent, but the journal of claims knows them: {examples}",
        "{count} 条消息显示为从未发送，但领取日志中已有记录：{examples}",
    ),
    "audit.audit_log_broken": (
        "The audit log is not intact at row {examples}: it was changed, or a row before it "
        "is missing.",
        "操作日志在第 {examples} 行不完整：该行被改动，或其前的记录缺失。",
    ),
    "audit.claim_number_twice": (
        "{count} claim numbers occur twice: {examples}",
        "{count} 个领取编号重复：{examples}",
    ),
    "audit.clock_ahead": (
        "A run noted a day that is still to come: {examples}. `winback wave reset-clock` mends it",
        "有运行记下了尚未到来的日期：{examples}。可用 winback wave reset-clock 修复",
    ),
    "audit.claim_number_unknown": (
        "{count} claims have numbers that were never issued: {examples}",
        "{count} 个领取编号从未发出：{examples}",
    ),
    "audit.treated_without_message": (
        "{subject}: {count} customers of the treatment group have no message: {examples}",
        "{subject}：触达组有 {count} 位顾客没有消息：{examples}",
    ),
    "audit.message_without_treatment": (
        "{subject}: {count} messages go to customers outside the treatment group: {examples}",
        "{subject}：{count} 条消息的对象不在触达组：{examples}",
    ),
    "audit.state_unknown": (
        "{subject}: {count} messages are in no known state: {examples}",
        "{subject}：{count} 条消息状态无法识别：{examples}",
    ),
    "audit.arm_not_drawn": (
        "{subject}: {count} customers are in another group than assigned: {examples}",
        "{subject}：{count} 位顾客的分组与抽签不符：{examples}",
    ),
    "audit.arm_not_kept": (
        "{subject}: {count} customers are in another group than the one their household's entry "
        "fixed: {examples}",
        "{subject}：{count} 位顾客的分组与其家庭入组时所定不符：{examples}",
    ),
    "audit.assignments_changed": (
        "{subject}: assignments were changed after planning.",
        "{subject}：分组在计划后被改动。",
    ),
    "audit.budget_miscounted": (
        "{subject}: the money spent is counted wrongly: {examples}",
        "{subject}：花费计数有误：{examples}",
    ),
    "audit.spending_miscounted": (
        "The money spent on all waves is counted wrongly: {examples}",
        "所有批次的花费合计有误：{examples}",
    ),
    "audit.budget_overspent": (
        "{subject}: more was spent than allowed: {examples}",
        "{subject}：花费超出预算：{examples}",
    ),
    "audit.cap_broken": (
        "The cap {subject} days was exceeded for {count} customers: {examples}",
        "上限 {subject} 天被突破，{count} 位顾客：{examples}",
    ),
}
