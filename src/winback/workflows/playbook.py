"""A shop's playbook: whether it can work, what it would say to somebody, and its tests."""

from datetime import date
from typing import Any

from winback.core.errors import NoModelYet, NotImported
from winback.core.wave_errors import TestUnknown, VariantUnknown
from winback.data.contacts import load_contacts
from winback.ledger.experiment_data import decide_test
from winback.playbooks.matching import PlaybookCheck, lint_playbook
from winback.recall import message_preview
from winback.segmentation.assignment import list_limits
from winback.segmentation.thresholds import Thresholds, build_untrained_thresholds
from winback.workflows.workspace import Workspace


def check_playbook(workspace: Workspace) -> PlaybookCheck:
    """Find rules and plays that can never fire or get no customers, and messages that cannot be
    sent. Raises what is wrong with the playbook."""
    thresholds, feeds = _load_thresholds(workspace)
    limits = list_limits(thresholds, workspace.shop.journey)
    return lint_playbook(workspace.shop, workspace.load_playbook(), limits, feeds)


def preview_messages(
    workspace: Workspace, customer_id: str, day: date | None = None, play: str | None = None
) -> list[dict[str, Any]]:
    """The messages one real customer would get. play: another than the customer's. Raises
    CustomerUnknown and PlayUnknown."""
    return message_preview.preview_messages(
        workspace.shop,
        workspace.open_store(),
        workspace.load_champion(),
        workspace.folder,
        customer_id,
        day,
        play,
    )


def end_test(workspace: Workspace, test: str, variant: str, why: str) -> None:
    """Record the variant everybody gets from the next wave on. test: as `measure` names it. Raises
    TestUnknown and VariantUnknown."""
    playbook = workspace.load_playbook()
    known = {
        f"{playbook.name}/{play.name}/{play.test.name}": play.test
        for play in playbook.plays
        if play.test is not None
    }
    if test not in known:
        raise TestUnknown(value=test, known=", ".join(known) or "–")
    names = [each.name for each in known[test].variants]
    if variant not in names:
        raise VariantUnknown(test=test, value=variant, known=", ".join(names))
    decide_test(workspace.open_ledger(), test, variant, workspace.actor, why, workspace.now)


def _load_thresholds(workspace: Workspace) -> tuple[Thresholds, frozenset[str] | None]:
    """The shop's thresholds and feeds: of its model and tables where it has them, else those of
    a shop not yet trained."""
    shop = workspace.shop
    try:
        thresholds = Thresholds.from_dict(workspace.load_champion().thresholds)
    except NoModelYet:
        thresholds = build_untrained_thresholds(shop.segments, shop.outcome_days)
    try:
        store = workspace.open_store()
    except NotImported:
        return thresholds, None
    load_contacts(shop, store, workspace.folder)  # refused here, if at all, and not on a Monday
    return thresholds, frozenset(store.first_known)
