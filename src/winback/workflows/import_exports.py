"""Bring in a shop's exports: tables, addresses, and the page on what they are worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from winback.data.ingest.pipeline import import_shop
from winback.data.ingest.source_files import list_sources
from winback.data.store import Manifest, Store, find_manifest, open_store
from winback.delivery.contact_addresses import update_vault
from winback.monitoring.data_quality import format_remarks
from winback.readers.archives import list_passed_over
from winback.reports.data_quality_page import Report, write_report
from winback.workflows.workspace import Workspace


@dataclass(frozen=True)
class Changes:
    """Orders that are new, say something else or are taken back since the import before. A first
    import has nothing before it: all of its orders are new."""

    new_orders: int
    changed_orders: int
    taken_back_orders: int
    is_first: bool


@dataclass(frozen=True)
class ImportResult:
    """A shop's tables as they are now, the report on their quality, and what is new in them.
    passed_over: what lies in the shop's folders and is no export; remarks: on what was read."""

    store: Store
    report: Report
    changes: Changes
    passed_over: Sequence[str]
    remarks: Sequence[str]


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
    before = find_manifest(workspace.folder)
    store = import_tables(workspace)
    report = write_report(workspace.shop, store, workspace.folder, workspace.now)
    paths = [path for _, source in list_sources(workspace.shop) for path in source.paths]
    passed_over = list_passed_over(paths, workspace.shop.folder)
    remarks = format_remarks(store.manifest.remarks, workspace.shop.currency, workspace.language)
    return ImportResult(store, report, _describe_changes(before, store), passed_over, remarks)


def _describe_changes(before: Manifest | None, store: Store) -> Changes:
    if before == store.manifest:
        return Changes(0, 0, 0, is_first=False)  # what it tells is of an earlier import
    counts = store.manifest.counts
    return Changes(
        counts["new_orders"],
        counts["changed_orders"],
        counts["taken_back_orders"],
        is_first=before is None,
    )
