"""Waves: what is refused, and what `wave` and `audit` print."""

WAVES: dict[str, tuple[str, str]] = {
    # Refusals.
    "wave_unknown": (
        "There is no wave '{value}'. The newest are {known}; `winback wave show` lists them.",
        "没有波次“{value}”。最近的有 {known}；可用 winback wave show 查看。",
    ),
    "wave_decided": (
        "The wave {wave} is {state} (by {by}) and stays so. Plan the next one.",
        "波次 {wave} 已是 {state}（{by}），不能再改。请计划下一波。",
    ),
    "delivery_unknown": (
        "There is no message '{value}'. `winback wave status` lists those whose fate is unknown.",
        "没有消息“{value}”。winback wave status 列出结果未知的消息。",
    ),
    "delivery_known": (
        "What became of the message {value} is known: {state}. Only unknown ones are resolved.",
        "消息 {value} 的结果已知：{state}。只有结果未知的才需要处理。",
    ),
    "run_under_way": (
        "{run} is being run by {holder} already. Wait until it ends; if that process is gone, try again after {until}.",
        "{holder} 正在运行 {run}。请等它结束；若该进程已不在，请在 {until} 之后再试。",
    ),
    "fenced_off": (
        "This run of {run} was away for too long, and {holder} has taken over. Nothing is lost; look with `winback wave status`.",
        "本次 {run} 停顿过久，已由 {holder} 接手。没有丢失任何内容；可用 winback wave status 查看。",
    ),
    "ledger_restored": (
        "The ledger {ledger} knows of {known} claims, but {sent} were made: it is an older one that was restored. Sending from it would send again. Look what was sent, then run `winback wave reconcile`.",
        "账本 {ledger} 只知道 {known} 次领取，实际已有 {sent} 次：这是恢复的旧账本，继续发送会重复发送。请先核实已发内容，再运行 winback wave reconcile。",
    ),
    "journal_damaged": (
        "The delivery journal {file} cannot be read. It tells whether the ledger is the newest one: restore it, or, if nothing was ever sent from another ledger, delete it.",
        "发送日志 {file} 无法读取。它用来判断账本是否最新：请恢复它；若从未用其他账本发送过，可删除。",
    ),
}
