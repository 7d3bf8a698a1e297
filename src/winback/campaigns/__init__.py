"""Segments → what to do about each customer: plays, offers and messages, and whom the week has room for.

`playbook` reads an operator's TOML; `templates` fills in a message or says why it cannot go; `weekly` takes the best first
within capacity and budget; `holdout` draws who goes without, `power` says what that can show, `quiet` when nobody is disturbed.
Who is in which segment, and when a play is for them, other rooms decide.
"""

from winback.campaigns.holdout import EVERY_PLAYBOOK, Holdout, draw, variant_of
from winback.campaigns.playbook import CHANNELS, Channel, Offer, Play, Playbook, Step, Template, Test, read_playbook
from winback.campaigns.power import Arms, detectable, proposed_share
from winback.campaigns.quiet import Hours
from winback.campaigns.templates import (
    VARIABLES,
    Message,
    Rules,
    Stopped,
    Why,
    first_whole,
    message,
    shown_amount,
    variables_in,
)
from winback.campaigns.weekly import Candidate, Room, Taken, take

__all__ = [
    "CHANNELS", "EVERY_PLAYBOOK", "VARIABLES", "Arms", "Candidate", "Channel", "Holdout", "Hours", "Message", "Offer", "Play",
    "Playbook", "Room", "Rules", "Step", "Stopped", "Taken", "Template", "Test", "Why", "detectable", "draw", "first_whole",
    "message", "proposed_share", "read_playbook", "shown_amount", "take", "variables_in", "variant_of",
]  # fmt: skip
