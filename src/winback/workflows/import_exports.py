"""Bring in a shop's exports: tables, addresses, and the page on what they are worth."""

from dataclasses import dataclass

from winback.data.ingest.pipeline import import_shop
from winback.data.store import Store, open_store
from winback.delivery.contact_addresses import update_vault
from winback.reports.data_quality_page import Report, write_report
from winback.workflows.workspace import Workspace


@dataclass(frozen=True)
class ImportResult:
    """A shop's tables as they are now, and the report on their quality."""

    store: Store
    report: Report


def import_tables(workspace: Workspace) -> Store:
    """Import a shop's exports if they have changed, bring its vault to its contacts, and open its
    tables. Raises what reading refuses."""
    workspace.folder.mkdir(parents=True, exist_ok=True)
    import_shop(workspace.shop, workspace.folder, workspace.now, workspace.show_file)
    workspace.end_progress()
    store = open_store(workspace.folder)
    if workspace.shop.contacts is not None:
        ledger = workspace.open_ledger()
        update_vault(workspace.shop, store, ledger, workspace.folder, workspace.now)
    return store


def import_exports(workspace: Workspace) -> ImportResult:
    """Import a shop's exports and write the page on their quality."""
    store = import_tables(workspace)
    report = write_report(workspace.shop, store, workspace.folder, workspace.now)
    return ImportResult(store, report)
