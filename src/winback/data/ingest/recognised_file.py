"""What a file nobody has described seems to be: what is shown, asked and written of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from winback.data.ingest.column_contents import ColumnContent
from winback.data.ingest.column_matching import ColumnGuess

# Of what was paid one column goes before another; what goes before a column that was named must
# not be a guess.
_GOES_BEFORE = {"amount": ("order_amount",), "unit_price": ("order_amount", "amount")}


@dataclass(frozen=True)
class RecognisedFile:
    """What a file seems to be. kind: orders, items, events, or unknown; `lacking`: needed
    columns that were not found."""

    file: str
    kind: str
    profile: str | None
    confidence: float
    columns: Sequence[ColumnGuess]
    names: Sequence[str]
    lacking: Sequence[str]
    statuses: Mapping[str, str | None]  # the export's word → ours, None where it is none we know
    kinds: Mapping[str, str]
    timezone: str | None
    currency: str | None
    # The export's word for a sale, a refund, … → ours, where a column says which a row is.
    types: Mapping[str, str | None] = field(default_factory=dict)
    # By each column that may hold order numbers: columns that say the same on all lines of an
    # order, so that an amount in one is the order's, and those that do so on most orders' lines.
    of_order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    perhaps_of_order: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Columns of money that are the price of a unit by their values, where there are quantities.
    unit_prices: Sequence[str] = ()
    # Whether it names each of some people once, and nothing that was bought.
    buys_nothing: bool = False
    # Columns of whole numbers that may be amounts in cents.
    maybe_minor: Sequence[str] = ()
    # What says that every row is a refund: a column that numbers them, or, to be asked about, the
    # file's name alone. None where nothing does.
    refunds: Literal["column", "name"] | None = None
    # The columns of the events that a log holds beside its orders.
    event_columns: Sequence[ColumnGuess] = ()
    # What is said of the file before anything is written: (what, the column it is about).
    remarks: Sequence[tuple[str, str]] = ()
    # Columns that hold money, where no name says which of them is the amount.
    possible_amounts: Sequence[str] = ()
    # Columns that could be who bought or when, where no name says it.
    plausible: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # How many of the rows looked at have each word of a status.
    counts: Mapping[str, int] = field(default_factory=dict)
    # The first values of each column, for who is asked about it.
    samples: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # What columns of money and of few words hold, of a file that no profile knows.
    contents: Mapping[str, ColumnContent] = field(default_factory=dict)
    # The zones that have the offsets its times are written with, the likeliest first.
    zones: Sequence[str] | None = None
    # What is offered for a timezone and currency that must be asked for, and why that is so:
    # timezone, currency, timezone_why, currency_why.
    offers: Mapping[str, str] = field(default_factory=dict)


def restore_file(fields: Mapping[str, Any]) -> RecognisedFile:
    """A recognised file from its `asdict`, as it comes out of another process."""
    guesses = {
        name: tuple(ColumnGuess(**guess) for guess in fields[name])
        for name in ("columns", "event_columns")
    }
    contents = {name: ColumnContent(**content) for name, content in fields["contents"].items()}
    return RecognisedFile(**{**fields, **guesses, "contents": contents})


def list_column_meanings(file: RecognisedFile) -> list[tuple[str, ColumnGuess | None]]:
    """Every column of the file in its order, with what it was taken for; None: it is not used. One
    that is two things comes twice."""
    taken: dict[str, list[ColumnGuess]] = {}
    for guess in file.columns:
        for name in (guess.theirs, *(guess.rivals if guess.ours == "status" else ())):
            taken.setdefault(name, []).append(guess)
    return [
        (name, guess) for name in dict.fromkeys(file.names) for guess in taken.get(name, [None])
    ]


def find_named(file: RecognisedFile, named: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The columns that were named beforehand and that a file has: ours → the file's."""
    first = {
        ours: next((each for each in theirs if each in file.names), None)
        for ours, theirs in named.items()
    }
    return {ours: column for ours, column in first.items() if column is not None}


def name_columns(file: RecognisedFile, named: Mapping[str, Sequence[str]]) -> RecognisedFile:
    """A file with the columns that were named beforehand, which go before any profile and guess.

    named: our name → how files call it; what the file does not have is left out.
    """
    mine = find_named(file, named)
    if not mine or file.kind not in ("orders", "log", "unknown"):
        return file
    before = {each for ours in mine for each in _GOES_BEFORE.get(ours, ())}
    gone, taken = {*mine, *before}, {*mine.values(), *_list_others(file, named)}
    kept = [
        guess
        for guess in file.columns
        if guess.ours not in gone and (guess.theirs not in taken or guess.ours == "phone")
    ]
    given = [
        ColumnGuess(ours, theirs, 1.0, _list_others(file, named) if ours == "status" else ())
        for ours, theirs in mine.items()
    ]
    # A profile names what it lacks by its own columns; who bought, named by hand, stands in.
    is_named = file.profile is not None and "customer_id" in mine
    lacking = () if is_named else tuple(ours for ours in file.lacking if ours not in mine)
    return replace(file, columns=(*given, *kept), lacking=lacking)


def _list_others(file: RecognisedFile, named: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The status columns of a file that were named beside the first: all of them are read."""
    return tuple(dict.fromkeys(each for each in named.get("status", ()) if each in file.names))[1:]
