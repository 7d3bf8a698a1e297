"""Tell the shop's WeCom group of something, once a day."""

import hashlib
from datetime import datetime

from winback.config.channels import WeComSettings
from winback.config.shop import Shop
from winback.delivery.channels.wecom.api import ROOT
from winback.delivery.channels.wecom.robot import post_to_group
from winback.ledger.consents import is_unchanged, remember_content
from winback.ledger.engine import Ledger


def notify_group(shop: Shop, ledger: Ledger, text: str, now: datetime) -> bool:
    """Tell the shop's WeCom group of something once a day; whether it was posted now."""
    settings = shop.channels.get("wecom")
    if not isinstance(settings, WeComSettings) or settings.robot is None:
        return False
    digest = hashlib.sha256(f"{text}\0{now:%Y-%m-%d}".encode()).hexdigest()
    name = f"robot-{digest[:32]}"
    if is_unchanged(ledger, name, digest) or not post_to_group(
        settings.robot, text, settings.root or ROOT
    ):
        return False
    remember_content(ledger, name, digest, now)
    return True
