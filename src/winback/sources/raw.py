"""What every profile hands on: rows of an export under our names, still untyped."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from winback.errors import ColumnMissing
from winback.settings import Format, Status
from winback.sources.files import BrokenRow, header, read_batches


@dataclass(frozen=True)
class Raw:
    """Some rows under our column names. `named` gives the export's own name of each, for what we say of a row."""

    path: Path
    frame: pd.DataFrame
    lines: "np.ndarray[tuple[int], np.dtype[np.int64]]"
    named: Mapping[str, str]
    broken: Sequence[BrokenRow] = ()

    @property
    def file(self) -> str:
        """The name the shop's people know it by."""
        return self.path.name


Reader = Callable[[Sequence[Path], Format], Iterator[Raw]]


@dataclass(frozen=True)
class Profile:
    """One kind of export: how its orders and events are read."""

    name: str
    orders: Reader
    events: Reader | None = None
    own_paths: Callable[[], Sequence[Path]] | None = None  # where its data lie when the shop names no paths
    statuses: Mapping[str, Status] = field(default_factory=dict)


def mapped(path: Path, form: Format, spellings: Mapping[str, Sequence[str]], needed: Sequence[str]) -> Iterator[Raw]:
    """A file's rows with its columns renamed to ours.

    spellings: our name → the names an export may give it, the first found wins. needed: ours that must be there.
    """
    names = header(path, form)
    found = {ours: next((name for name in theirs if name in names), None) for ours, theirs in spellings.items()}
    for ours in needed:
        if found.get(ours) is None:
            raise ColumnMissing(file=str(path), column=" / ".join(spellings[ours]), found=", ".join(names))
    named = {ours: theirs for ours, theirs in found.items() if theirs is not None}
    broken: list[BrokenRow] = []
    for batch in read_batches(path, form, broken):
        frame = pd.DataFrame({ours: batch.frame[theirs] for ours, theirs in named.items()})
        yield Raw(path, frame, batch.lines, named)
    if broken:
        yield Raw(path, pd.DataFrame(columns=list(named)), np.empty(0, dtype=np.int64), named, broken)
