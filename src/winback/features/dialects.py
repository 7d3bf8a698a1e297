"""The few words in which engines differ, in the forms that were measured to
give the same bits everywhere."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """How one engine says what SQL leaves open. Numbered or named braces are operands."""

    age: str  # whole seconds from {moment} to {at}: the cut-off less the moment's floored second
    wide: str  # an integer type of at least 106 bits
    to_double: str  # such an integer, not negative, rounded once
    divide: str  # whole division of operands that are never negative
    element: str  # the {index}-th (from 1) of the whole numbers {items}
    byte_order: str  # orders text by its bytes


DIALECTS = {
    "duckdb": Dialect(
        age="(epoch_us(timestamp '{at}') - epoch_us({moment}) + 999999) // 1000000",
        wide="hugeint",
        # Its own cast rounds twice above 2^63; split at 2^53, the one addition rounds once.
        to_double="(case when {0} < 9223372036854775807 then cast(cast({0} as bigint) as double) "
        "else "
        "cast(cast({0} // 9007199254740992 as bigint) as double) * cast(9007199254740992 as "
        "double) + "
        "cast(cast({0} % 9007199254740992 as bigint) as double) end)",
        divide="{0} // {1}",
        # One text literal, folded to a list when bound: thousands of number literals took ten times
        # as long to parse.
        element="list_extract(cast('[{items}]' as bigint[]), {index})",
        byte_order="{0}",
    ),
    "postgres": Dialect(
        age="cast(extract(epoch from timestamp '{at}') - floor(extract(epoch from {moment})) as "
        "bigint)",
        wide="numeric",
        to_double="cast({0} as double precision)",
        divide="{0} / {1}",
        element="(cast('{{{items}}}' as bigint[]))[{index}]",
        byte_order='{0} collate "C"',
    ),
}
