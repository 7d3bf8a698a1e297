"""The only mutable truth: what must survive a crash, in SQLite beside the shop or in Postgres by
URL.

`engine` opens and migrates it; `tables` says what is in it. `waves` plans and decides,
`assignments` keeps the arms, `holdout_draws` what they are drawn by.
`outbox` claims messages, `message_outcomes` records what became of them, `recovery` repairs what a
crash left; `suppression` says which may not go, `consents` keeps what customers said, `locks` lets
one run at a time. `experiment_data` is what a read-out needs, `alerts` what is
wrong; `api_keys` and `users` are who may ask and sign in, `list_edits` and `jobs` what they changed
and let run. `audit_log` notes who did what, and `integrity` says whether all of it still holds.
"""
