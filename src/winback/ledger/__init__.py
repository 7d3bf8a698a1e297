"""The only mutable truth: what must survive a crash, in SQLite beside the shop or in Postgres by URL (DESIGN 2).

`database` opens and migrates it; `tables` says what is in it; `keys` are who may ask the service. `waves` plans and decides,
`deliveries` claims and settles messages, `suppression` says which may not go, `people` keeps what customers said; `turns` lets
one run at a time, `results` tells a read-out what was done, `alarms` are what is wrong; `operators` may sign in to the
dashboard, `edits` and `tasks` are what they changed and let run. `trail` notes who did what, and `invariants` says whether all
of it still holds.
"""

from winback.ledger.alarms import Alarm, Seen, Severity, keep_alarms, list_alarms, note_told, untold_alarms
from winback.ledger.copying import copy_ledger, stop_others
from winback.ledger.database import Ledger, open_ledger
from winback.ledger.deliveries import (
    Claimed,
    Claims,
    Outcome,
    awaited,
    claim,
    customer_of,
    delivery_key,
    last_claim,
    learn,
    reconcile,
    recover,
    resolve,
    settle,
)
from winback.ledger.edits import TAKEN_OUT, ListEdit, edit_list, list_edits, note_taken, undo_edit
from winback.ledger.erasing import (
    ERASED,
    Alias,
    KeptOutcome,
    erase_customers,
    is_known,
    kept_outcomes,
    known_households,
    told_of,
    wipe,
)
from winback.ledger.invariants import Fault, audit
from winback.ledger.keys import SCOPES, Key, NewKey, Scope, create_key, known_keys, list_keys, read_token, revoke_key, used
from winback.ledger.operators import (
    ROLES,
    Operator,
    Role,
    Session,
    change_operator,
    create_operator,
    list_operators,
    session_of,
    sign_in,
    sign_out,
)
from winback.ledger.people import (
    TagBook,
    is_kept,
    known_owners,
    note_kept,
    receive,
    silenced,
    suppress,
    tell_consent,
    tell_consents,
    tell_owners,
)
from winback.ledger.results import (
    Drawn,
    approvals,
    decide_test,
    decided_tests,
    drawn_in,
    handed_over,
    heard_of,
    left_since,
)
from winback.ledger.suppression import EVERY, Cap, Rules, Verdict
from winback.ledger.tables import RECEIPT_KINDS
from winback.ledger.tasks import Task, begin_task, end_task, hold_task, newest_tasks, read_task, tell_task
from winback.ledger.trail import TrailRow, newest_notes, note
from winback.ledger.turns import TURN_SECONDS, Turn, end_turn, take_turn
from winback.ledger.vault import ADDRESS_KINDS, AddressKind, Vault
from winback.ledger.waves import (
    PERMANENT,
    Arm,
    Assigned,
    PlannedStep,
    Wave,
    arms_to_date,
    decide_wave,
    due_customers,
    fixed_shares,
    known_salts,
    list_waves,
    plan_wave,
    read_wave,
    released_customers,
    salt_of,
    tally,
    unknown_fates,
)

__all__ = [
    "ADDRESS_KINDS", "ERASED", "EVERY", "PERMANENT", "RECEIPT_KINDS", "ROLES", "SCOPES", "TAKEN_OUT", "TURN_SECONDS",
    "AddressKind", "Alarm", "Alias", "Arm", "Assigned", "Cap", "Claimed", "Claims", "Drawn", "Fault", "KeptOutcome",
    "Key", "Ledger", "ListEdit", "NewKey", "Operator", "Outcome", "PlannedStep", "Role", "Rules", "Scope", "Seen",
    "Session", "Severity", "TagBook", "Task", "TrailRow", "Turn", "Vault", "Verdict", "Wave", "approvals",
    "arms_to_date", "audit", "awaited", "begin_task", "change_operator", "claim", "copy_ledger", "create_key",
    "create_operator", "customer_of", "decide_test", "decide_wave", "decided_tests", "delivery_key", "drawn_in",
    "due_customers", "edit_list", "end_task", "end_turn", "erase_customers", "fixed_shares", "handed_over", "heard_of",
    "hold_task", "is_kept", "is_known", "keep_alarms", "kept_outcomes", "known_households", "known_keys",
    "known_owners", "known_salts", "last_claim", "learn", "left_since", "list_alarms", "list_edits", "list_keys",
    "list_operators", "list_waves", "newest_notes", "newest_tasks", "note", "note_kept", "note_taken", "note_told",
    "open_ledger", "plan_wave", "read_task", "read_token", "read_wave", "receive", "reconcile", "recover",
    "released_customers", "resolve", "revoke_key", "salt_of", "session_of", "settle", "sign_in", "sign_out", "silenced",
    "stop_others", "suppress", "take_turn", "tally", "tell_consent", "tell_consents", "tell_owners", "tell_task",
    "told_of", "undo_edit", "unknown_fates", "untold_alarms", "used", "wipe",
]  # fmt: skip
