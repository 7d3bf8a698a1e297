"""Score every customer of a shop: a snapshot, a list and a summary."""

from datetime import date

from winback.data.contacts import load_contacts
from winback.scoring.batch import score_shop
from winback.scoring.summary import ScoreSummary
from winback.workflows.workspace import Workspace


def score_customers(workspace: Workspace, day: date | None) -> ScoreSummary:
    """Score as of a day, by default the newest; returns the summary. Raises NoModelYet,
    NotImported and what the cut-off is refused for."""
    bundle, store = workspace.load_champion(), workspace.open_store()
    summary = score_shop(
        workspace.shop,
        store,
        bundle,
        workspace.folder / "snapshots",
        day,
        workspace.language,
        workspace.show_part,
        load_contacts(workspace.shop, store, workspace.folder),
    )
    workspace.end_progress()
    return summary
