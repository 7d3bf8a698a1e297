"""Which column of an order sheet is which of ours, as answered, guessed or asked, and what its
amounts are: of an order or a line, in units or cents, paid or paid back."""

from collections.abc import Mapping, Sequence

from winback.core.errors import AnswerInvalid, ColumnDuplicated, NotRecognised
from winback.data.ingest.column_matching import SURE, ColumnGuess, split_words
from winback.data.ingest.free_columns import DOUBTFUL
from winback.data.ingest.recognised_file import RecognisedFile
from winback.workflows.answers import COLUMNS, LEVELS, Answers

_PAID = ("amount", "order_amount", "unit_price")
# Currencies in which an amount without cents is the exception.
WITH_CENTS = frozenset({"EUR", "USD", "GBP", "CHF", "CAD", "AUD", "NZD", "PLN", "BRL"})
_CENTS = {"cents", "cent", "minor", "pence", "centimes", "centavos", "分"}
NEEDED = ("customer_id", "ordered_at")  # of every order sheet


def get_columns(guesses: Sequence[ColumnGuess]) -> dict[str, str | list[str]]:
    """Our name of each column, and the file's; several where several are read."""
    return {
        guess.ours: [guess.theirs, *guess.rivals]
        if guess.ours == "status" and guess.rivals
        else guess.theirs
        for guess in guesses
    }


def choose_columns(file: RecognisedFile, asking: Answers) -> dict[str, str | list[str]]:
    """The columns of an order sheet: as answered, as guessed where that is sure, else as asked."""
    columns = get_columns(file.columns)
    guesses = {guess.ours: guess for guess in file.columns}
    _take_answers(columns, guesses, file, asking)
    for ours in NEEDED if file.profile is None else ():
        if ours not in columns and ours not in guesses:
            fitting = file.plausible.get(ours, ())
            columns[ours] = asking.ask_column(ours, file, fitting, needed=True, is_offered=False)
    for guess in file.columns:
        if guess.is_doubtful and guesses.get(guess.ours) is guess:  # and nobody has answered
            chosen = _ask_doubtful(guess, file, asking)
            columns.pop(guess.ours)
            if chosen:
                columns[guess.ours] = chosen
    known = set(columns) | set(guesses)
    is_price_named = "unit_price" in columns and "unit_price" not in guesses
    is_paid_known = {"amount", "order_amount"} & known or (is_price_named and "quantity" in known)
    if file.possible_amounts and not is_paid_known:
        amount = asking.ask_column("amount", file, file.possible_amounts, needed=False)
        columns |= {"amount": amount} if amount else {}
    _place_amount(columns, file, asking)
    _refuse_duplicates(columns, file)
    return columns


def _place_amount(
    columns: dict[str, str | list[str]], file: RecognisedFile, asking: Answers
) -> None:
    """Count an amount that is the order's once an order: what most orders repeat on their lines
    is asked about."""
    level, amount = asking.get_given("amount_of"), columns.get("amount")
    if "order_amount" in columns:
        if level == "line" and amount is None:
            columns["amount"] = columns.pop("order_amount")
        return
    order = str(columns.get("order_id"))
    if amount is None:
        return
    if level is None and amount in file.unit_prices and "unit_price" not in columns:
        columns["unit_price"] = columns.pop("amount")
        return
    if level is None and amount in file.perhaps_of_order.get(order, ()):
        values = {"file": file.file, "column": amount}
        level = asking.get_choice("amount_of", values, "order", LEVELS["amount_of"])
    if level == "order" or (level is None and amount in file.of_order.get(order, ())):
        columns["order_amount"] = columns.pop("amount")


def _take_answers(
    columns: dict[str, str | list[str]],
    guesses: dict[str, ColumnGuess],
    file: RecognisedFile,
    asking: Answers,
) -> None:
    """Put the columns that were answered in the place of guesses."""
    for ours in COLUMNS:
        named = asking.get_given_columns(ours, file.names)
        if named is None:
            continue
        columns.pop(ours, None)
        guesses.pop(ours, None)
        if named:
            columns[ours] = named if len(named) > 1 else named[0]
        elif ours in NEEDED:
            raise NotRecognised(file=file.file, found=", ".join(file.names[:40]), lacking=ours)
        elif file.profile is not None:  # it would read its own column all the same
            raise AnswerInvalid(key=ours, value="", choices=", ".join(file.names[:12]))
        else:
            guesses[ours] = ColumnGuess(ours, "", SURE)  # said to be none: not asked again


def _ask_doubtful(guess: ColumnGuess, file: RecognisedFile, asking: Answers) -> str | None:
    """The column chosen for what a guess is not sure of. What only its values speak for is one of
    several, and none of them is offered."""
    is_named = guess.confidence > DOUBTFUL
    fitting = (guess.theirs, *guess.rivals) if is_named else file.plausible.get(guess.ours, ())
    needed = guess.ours in NEEDED
    return asking.ask_column(guess.ours, file, fitting, needed, is_offered=is_named)


def _refuse_duplicates(columns: Mapping[str, str | list[str]], file: RecognisedFile) -> None:
    """Raise ColumnDuplicated for a column whose name two have: before anything is asked."""
    names = list(file.names)
    for column in columns.values():
        for name in (column,) if isinstance(column, str) else column:
            if names.count(name) > 1:
                raise ColumnDuplicated(file=file.file, column=name, count=names.count(name))


def are_minor(
    file: RecognisedFile,
    columns: Mapping[str, str | list[str]],
    asking: Answers,
    currency: str,
) -> bool:
    """Whether amounts are whole cents: asked where they are whole numbers, in a currency whose
    prices hardly ever are."""
    paid = [str(columns[ours]) for ours in _PAID if ours in columns]
    if not asking.is_given("amounts_in") and any(_says_cents(name, file) for name in paid):
        return True
    if not asking.is_given("amounts_in") and (
        currency not in WITH_CENTS or not set(paid) & set(file.maybe_minor)
    ):
        return False
    column = paid[0] if paid else ""
    shown = {"file": file.file, "column": column, "currency": currency}
    value = ", ".join(file.samples.get(column, ())[:2])
    units, minor = LEVELS["amounts_in"]
    answer = asking.get_choice("amounts_in", {**shown, "value": value}, minor, (units, minor))
    return answer == minor


def _says_cents(name: str, file: RecognisedFile) -> bool:
    """Whether a column's name says cents, and its first values are whole."""
    values = file.samples.get(name, ())
    return bool(_CENTS & set(split_words(name))) and all(each.isdigit() for each in values)


def are_refunds(file: RecognisedFile, asking: Answers) -> bool:
    """Whether every row of a file pays something back."""
    if file.refunds is None:
        return False
    if file.refunds == "column" and not asking.is_given("rows_are"):
        return True
    rows = LEVELS["rows_are"]
    return asking.get_choice("rows_are", {"file": file.file}, rows[0], rows) == "refunds"
