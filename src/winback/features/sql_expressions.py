"""The small pieces of SQL that a statement is made of."""

from collections.abc import Iterable

from winback.core.cutoff import SECONDS_A_DAY
from winback.features.dsl import Aggregate, Difference, Feature, Flag, Ratio


class NamedExpressions(dict[str, str]):
    """SQL expressions and the names they are given, each expression once."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def name(self, expression: str) -> str:
        return self.setdefault(expression, f"{self.prefix}{len(self) + 1}")

    def render_columns(self) -> str:
        return "".join(f",\n    {expression} as {name}" for expression, name in self.items())


def compile_column(feature: Feature) -> str:
    """A column of the result: as it is, or made of other columns."""
    match feature.formula:
        case Ratio(upper, lower):
            return f"{quote_name(upper)} / nullif({quote_name(lower)}, 0)"
        case Difference(left, right):
            return f"{quote_name(left)} - coalesce({quote_name(right)}, 0)"
        case Flag(other, equals):
            one, zero = "cast(1 as double precision)", "cast(0 as double precision)"
            return (
                f"case when {quote_name(other)} = {equals} then {one} when {quote_name(other)} "
                f"is "
                f"not null then {zero} end"
            )
        case Aggregate():
            return quote_name(feature.name)


def render_columns(values: dict[str, str]) -> str:
    return "".join(f",\n    {value} as {quote_name(name)}" for name, value in values.items())


def render_filter(aggregate: str, *conditions: str) -> str:
    return f"{aggregate} filter (where {' and '.join(conditions)})" if conditions else aggregate


def cast_to_double(whole: str) -> str:
    """A count, age or sum as a double: a million values below 2^31 add up to less than the 2^53
    it holds exactly."""
    return f"cast({whole} as double precision)"


def coalesce_zero(whole: str) -> str:
    return cast_to_double(f"coalesce({whole}, 0)")


def convert_to_days(seconds: str) -> str:
    return f"{cast_to_double(seconds)} / {SECONDS_A_DAY}.0"


def quote_name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def quote_texts(values: Iterable[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
