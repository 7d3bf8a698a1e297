"""Words about the machine that sends: restored ledgers, moves, clocks and witnesses."""

SENDER: dict[str, tuple[str, str]] = {
    "ledger_restored": (
        "The ledger {ledger} knows of {known} claims, but {sent} were made: it was "
        "restored from a backup. Sending from it would send messages twice. Check what was "
        "sent, and enter the opt-outs and pauses since the backup again, then run `winback wave "
        "reconcile`.",
        "账本 {ledger} 只知道 {known} 次领取，实际已有 {sent} 次：这是恢复的旧账本，继续发送会重复发送。请先核实已发内容，并补录备份之后的退订与暂停，再运行 "
        "winback wave reconcile。",
    ),
    "ledger_behind": (
        "The ledger {ledger} was restored from a backup: its log should be at entry {written}, and "
        "is at {known}. Opt-outs, pauses and decisions since the backup are lost. Enter them "
        "again, then run `winback wave reconcile`.",
        "账本 {ledger} 的日志只到第 {known} 条，实际已写 {written} 条：这是恢复的旧账本，备份之后的退订、暂停与决定都已丢失。请先补录，再运行 winback "
        "wave reconcile。",
    ),
    "journal_damaged": (
        "Line {line} of the claim journal {file} is damaged. The journal shows what was sent "
        "already. Delete this file: it is completed from its other copy.",
        "领取日志 {file} 第 {line} 行已损坏。它记录哪些消息已经发出。请删除此文件：系统会用另一份副本补全。",
    ),
    "ledger_moved": (
        "Another machine sends from the ledger {ledger}. Two would send messages twice. "
        "On the old machine run `winback wave move`, copy the folder, then run it here; if that "
        "machine is gone, add --old-machine-lost.",
        "账本 {ledger} 由另一台机器发送，两台机器会重复发送。请在旧机器上运行 winback wave move，复制目录后在此再运行一次；若旧机器已不在，请加 "
        "--old-machine-lost。",
    ),
    "ledger_released": (
        "The ledger {ledger} was handed over to another machine and sends nothing. Run "
        "`winback wave move` on the machine that shall send from now on.",
        "账本 {ledger} 已移交给另一台机器，不再发送。请在今后负责发送的机器上运行 winback wave move。",
    ),
    "state_missing": (
        "The state folder {folder} is gone. It shows what was sent from the ledger {ledger}. "
        "Restore it, or check what was sent, then run `winback wave reconcile`.",
        "状态目录 {folder} 不见了。它记录账本 {ledger} 发出过什么。请恢复它；或先核实已发内容，再运行 winback wave reconcile。",
    ),
    "clock_behind": (
        "A run has noted the moment {seen}, but it is {now}. If this clock is wrong, set it. If it "
        "was wrong then, run `winback wave reset-clock`: nothing is sent until then, because caps "
        "and next steps would wait for that day.",
        "曾有一次运行记下 {seen}，而现在是 {now}。若现在的时钟不对，请校准；若当时的时钟不对，请运行 winback wave "
        "reset-clock。在此之前不会发送，否则上限和后续步骤会一直等到那一天。",
    ),
    "witness_refused": (
        "The witness {witness} cannot be used: {detail}. Without its word nothing is sent. Check "
        "`witness` in the shop file, or whether that database can be reached.",
        "见证库 {witness} 无法使用：{detail}。没有它的确认不会发送。请检查店铺文件的 witness，或该数据库能否连接。",
    ),
    "draws_missing": (
        "The ledger {ledger} has lost what the holdout is drawn by, and so has {file}. A new draw "
        "would contact the holdout. Restore that file, or a backup of the ledger that has it.",
        "账本 {ledger} 丢失了对照组的抽取依据，{file} 里也没有。重新抽取会联系到对照组。请恢复该文件，或恢复含有它的账本备份。",
    ),
    "wave.reconciled": (
        "This ledger may send again. {count} messages that may have been sent before are "
        "unconfirmed; none of them is sent automatically.",
        "此账本可以继续发送。有 {count} 条此前可能已发出，记为未确认，不会自动发送。",
    ),
    "wave.released": (
        "This machine sends nothing more from this ledger. Copy the folder to the new machine and "
        "run `winback wave move` there.",
        "本机不再用此账本发送。请把目录复制到新机器，并在那里运行 winback wave move。",
    ),
    "wave.moved": (
        "This machine sends from now on. {count} messages that may have been sent before are "
        "unconfirmed; none of them is sent automatically.",
        "今后由本机发送。有 {count} 条此前可能已发出，记为未确认，不会自动发送。",
    ),
    "wave.clock_reset": (
        "The ledger goes by this clock again. {count} messages were set to now.",
        "账本已按当前时钟恢复。{count} 条消息的时间改为现在。",
    ),
}
