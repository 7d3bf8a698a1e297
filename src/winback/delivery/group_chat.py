"""Tell the shop's WeCom group of something, once a day."""

import hashlib
from datetime import datetime

from winback.config.channels import WeComSettings
from winback.config.shop import Shop
from winback.delivery.channels.wecom.api import ROOT
from winback.delivery.channels.wecom.robot import tell_group
from winback.ledger.consents import is_kept, note_kept
from winback.ledger.engine import Ledger


def told_group(shop: Shop, ledger: Ledger, text: str, now: datetime) -> bool:
    """Tell the shop's WeCom group of something once a day; whether it was told now."""
    settings = shop.channels.get("wecom")
    if not isinstance(settings, WeComSettings) or settings.robot is None:
        return False
    digest = hashlib.sha256(f"{text}\0{now:%Y-%m-%d}".encode()).hexdigest()
    name = f"robot-{digest[:32]}"
    if is_kept(ledger, name, digest) or not tell_group(settings.robot, text, settings.root or ROOT):
        return False
    note_kept(ledger, name, digest, now)
    return True
