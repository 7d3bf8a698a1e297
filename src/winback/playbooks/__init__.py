"""Segments → what to do about each customer: plays, offers and messages, and whom the week has room
for.

`playbook` reads an operator's TOML, ours lie in `library`; `matching` says which play fits which
customer, `message_templates` fills in a message or says why it cannot go, `capacity` takes the best
first within capacity and budget.
"""
