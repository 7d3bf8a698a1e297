"""What is noted of a snapshot beside its rows."""

from collections.abc import Mapping, Sequence
from typing import TypedDict


class SnapshotFacts(TypedDict):
    """What the service must know of a snapshot. learned_until: the last day whose outcomes its
    model had seen; first_known: by feed."""

    cutoff: str
    model_version: str
    outcome_days: int
    playbook: str
    import_version: str
    first_known: Mapping[str, str]
    learned_until: str
    silence_days: float
    high_monetary_minor: float | None
    high_frequency_days: float


class PageFigures(TypedDict):
    """Figures of the whole shop for the pages. edges_minor: of the spend bins, None without
    amounts; next: ids of those who become dormant soon."""

    edges_minor: list[float] | None
    next: list[str]


class SnapshotMetadata(SnapshotFacts):
    """What `snapshot_index.json` says. labels: by column, in the order of their codes."""

    layout: int
    pages: PageFigures
    rows: int
    labels: Mapping[str, Sequence[str]]
    sha256: str
    sha256_of_this: str
