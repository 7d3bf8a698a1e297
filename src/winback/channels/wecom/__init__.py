"""WeCom (企业微信): tags for the staff who look after a customer, and messages that become a task of theirs (FACTS 10).

`api` asks and reads what the error codes mean; `tags` and `tasks` are the two channels; `matching` finds out which WeCom
contact a customer is; `robot` tells a group what went wrong.
"""

from winback.channels.wecom.api import ROOT, Corp, WeCom, WeComRefused
from winback.channels.wecom.matching import Match, Person, matched
from winback.channels.wecom.robot import tell_group
from winback.channels.wecom.tags import Tagged, WeComTags
from winback.channels.wecom.tasks import WeComTasks

__all__ = [
    "ROOT", "Corp", "Match", "Person", "Tagged", "WeCom", "WeComRefused", "WeComTags", "WeComTasks", "matched",
    "tell_group",
]  # fmt: skip
