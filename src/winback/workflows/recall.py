"""This week's list: whom to win back, why, and with what."""

import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from winback.experiments.assignment import find_held_out, find_list_edits, find_released
from winback.ledger.list_edits import mark_taken
from winback.model.uplift import load_uplift
from winback.recall.exports import check_out, publish_lists
from winback.recall.recall_list import ListOptions, RecallSummary, build_recall_list
from winback.segmentation.thresholds import Thresholds
from winback.workflows.workspace import Workspace


@dataclass(frozen=True)
class WeeklyList:
    """A list as published. files: where they are, by kind; out: the copy, if one was asked for;
    titles: of its plays, by name."""

    summary: RecallSummary
    files: Mapping[str, str]
    out: Path | None
    titles: Mapping[str, str]

    def to_json(self) -> dict[str, object]:
        """What `winback recall --json` prints."""
        out = str(self.out) if self.out else None
        return {**asdict(self.summary), **self.files, "out": out}


def make_recall_list(workspace: Workspace, day: date | None, out: Path | None) -> WeeklyList:
    """Make and publish the list of a day's week. out: where a copy goes, by its ending. Raises
    what the list is refused for."""
    if out is not None:
        check_out(out)
    shop, home, folder = workspace.shop, workspace.home, workspace.folder
    bundle, store = workspace.load_champion(), workspace.open_store()
    weekly = build_recall_list(
        shop,
        store,
        bundle,
        folder,
        day,
        workspace.language,
        workspace.show_part,
        ListOptions(
            find_held_out(shop, home, store, day),
            find_released(shop, home),
            uplift=load_uplift(workspace.models_folder / "uplift"),
            edits=find_list_edits(shop, home),
        ),
    )
    workspace.end_progress()
    files = publish_lists(
        folder / "recalls",
        f"{bundle.version}-{store.manifest.version}",
        weekly,
        shop,
        weekly.playbook,
        Thresholds.from_dict(bundle.thresholds),
        workspace.language,
    )
    if weekly.added:
        mark_taken(workspace.open_ledger(), weekly.added, date.fromisoformat(weekly.summary.cutoff))
    if out is not None:
        shutil.copyfile(files[out.suffix.lower().removeprefix(".")], out)
    titles = {play.name: play.title.get_text(workspace.language) for play in weekly.playbook.plays}
    return WeeklyList(weekly.summary, files, out, titles)
