"""One statement in the making: which rows and numbers its features need, and the formulas over
them."""

from winback.core.cutoff import SECONDS_A_DAY, Cutoff
from winback.core.schema import EXACT_SUM
from winback.features.decay_weights import WEIGHT_ONE, compute_decay_weights
from winback.features.dialects import Dialect
from winback.features.dsl import (
    NIGHT_FROM,
    NIGHT_UNTIL,
    Aggregate,
    Feature,
)
from winback.features.sql_expressions import (
    NamedExpressions,
    cast_to_double,
    coalesce_zero,
    compile_column,
    convert_to_days,
    quote_name,
    quote_texts,
    render_columns,
    render_filter,
)

# How what was counted per kind becomes one number of several kinds; other aggregates of events have
# no such way.
_MERGES = {"count": "sum", "sum": "sum", "since_last": "min", "since_first": "max", "max": "max"}

_NEVER_NULL = ("lines", "local_hour", "age")

# The rows each stream is read from, and the table of numbers made of them.
_ROWS = {
    "orders": ("order_rows", "order_numbers"),
    "refunded_orders": ("refunded_rows", "refunded_numbers"),
    "loose_refunds": ("loose_rows", "loose_numbers"),
    "refunds": ("refund_rows", "refund_numbers"),
    "lines": ("line_rows", "line_numbers"),
    "events": ("event_kinds", "event_numbers"),
}


class Statement:
    """One statement in the making: rows → numbers a customer → exact whole numbers → doubles →
    ratios."""

    def __init__(
        self, cutoff: Cutoff, feeds: frozenset[str], dialect: Dialect, features: tuple[Feature, ...]
    ) -> None:
        self.cutoff, self.feeds, self.dialect, self.features = cutoff, feeds, dialect, features
        self.numbers = {source: NamedExpressions(f"{source}_") for source in _ROWS}
        self.kinds = NamedExpressions(
            "kind_"
        )  # events: per customer and kind, before kinds become columns
        self.days: dict[
            tuple[str, ...], NamedExpressions
        ] = {}  # events of some kinds: per customer and local day
        self.ageless: set[str] = set()  # kinds of events that are read however old they are
        self.exact = NamedExpressions(
            "exact_"
        )  # whole numbers beyond 64 bits, named because rounding them reads them thrice
        self.half_lives: set[int] = set()
        self.singles: dict[str, str] = {}  # queries of one feature each
        self.event_days = 0
        self.numbers["orders"].name("count(*)")  # who has orders is who is asked about

    def compile(self) -> str:
        """The statement. The formulas are read first: they decide which rows and numbers are
        needed."""
        values = {
            f.name: self._compile_aggregate(f.formula)
            for f in self.features
            if isinstance(f.formula, Aggregate)
        }
        tables = self._build_number_tables()
        joins = "".join(
            f"\n  left join {name} using (customer_id)"
            for name in tables
            if name.endswith("numbers")
        )
        refunded = " union select customer_id from refunded_rows" if self._refunds_known else ""
        queries = {
            **self._build_rows(),
            **tables,
            "customers": f"select customer_id from order_numbers{refunded}",
            "whole": f"select *{self.exact.render_columns()}\n  from customers{joins}",
            "plain": f"select customer_id{render_columns(values)}\n  from whole",
        }
        body = ",\n".join(f"{name} as (\n  {query}\n)" for name, query in queries.items())
        columns = "".join(
            f",\n  {compile_column(feature)} as {quote_name(feature.name)}"
            for feature in self.features
        )
        order = self.dialect.byte_order.format("customer_id")
        return f"with\n{body}\nselect customer_id{columns}\nfrom plain\norder by {order}"

    # Rows: each table is cut in time here and nowhere else.

    @property
    def _refunds_known(self) -> bool:
        return "refunds" in self.feeds

    def build_row_queries(self, with_lines: bool = False) -> dict[str, str]:
        """The queries that read rows, by the names others know them by."""
        if with_lines:
            self.numbers["lines"].name("count(*)")
        return self._build_rows()

    def _build_rows(self) -> dict[str, str]:
        at = self.cutoff.at.isoformat(sep=" ")
        known = f"known_at < timestamp '{at}' and occurred_at < timestamp '{at}'"
        age = self.dialect.age.format(at=at, moment="occurred_at") + " as age"
        basket = "discount_minor, units, lines, local_day, local_hour, local_weekend, deposit"
        rows = {
            "placed": f"select customer_id, order_id, amount_minor, {basket},\n    {age}\n  from "
            f"orders\n"
            f"  where {known}\n    and not (gift or wholesale or brushing)"
        }
        if self._refunds_known:
            rows |= self._build_refund_rows(known, age)
        amount, source, amounts = ("amount_minor", "placed", "")
        if self._refunds_known:
            amount, source, amounts = (
                "amount_minor - back_minor",
                "netted",
                "\n  where not wholly_refunded",
            )
        weights = "".join(
            f",\n    {self._add_weight(days)} as weight_{days}" for days in sorted(self.half_lives)
        )
        rows["order_rows"] = (
            f"select customer_id, {amount} as amount_minor, {basket}, age,\n    discount_minor > 0 "
            f"as discounted,\n"
            f"    row_number() over newest_first as nth, lead(age) over newest_first - age as "
            f"gap,\n"
            f"    lag(local_day) over newest_first is distinct from local_day as new_day,\n"
            f"    first_value(age) over newest_first = age as newest{weights}\n"
            f"  from {source}{amounts}\n"
            f"  window newest_first as (partition by customer_id order by age)"
        )
        if self.numbers["lines"]:
            refunded = (
                "\n    and not exists (select 1 from refunded_rows as gone where gone.customer_id ="
            )
            refunded += " order_lines.customer_id and gone.order_id = order_lines.order_id)"
            rows["line_rows"] = (
                f"select customer_id, order_id, line, sku, name, category, amount_minor, "
                f"bestseller,\n"
                f"    case when bargain then amount_minor else 0 end as bargain_minor,\n    "
                f"{age}\n  from order_lines\n"
                f"  where {known}\n    and counts{refunded if self._refunds_known else ''}"
            )
        if self.kinds or self.days or self.singles:
            start = self.cutoff.get_window_start(self.event_days).isoformat(sep=" ")
            ageless = f" or kind in ({quote_texts(sorted(self.ageless))})" if self.ageless else ""
            rows["event_rows"] = (
                f"select customer_id, kind, local_day, value, local_hour,\n    {age}\n  from "
                f"events\n"
                f"  where {known}\n    and (occurred_at >= timestamp '{start}'{ageless})"
            )
        return rows

    def _build_refund_rows(self, known: str, age: str) -> dict[str, str]:
        return {
            "refund_rows": f"select customer_id, order_id, amount_minor,\n    {age}\n  from "
            f"refunds\n  where {known}",
            "loose_rows": "select * from refund_rows where order_id is null",
            "paid_back": "select customer_id, order_id, cast(sum(amount_minor) as bigint) as "
            "back_minor,\n"
            "    bool_or(amount_minor is null) as whole\n  from refund_rows\n  where order_id is "
            "not null\n"
            "  group by customer_id, order_id",
            "netted": "select placed.*, coalesce(back_minor, 0) as back_minor,\n"
            "    coalesce(whole or back_minor >= amount_minor, false) as wholly_refunded\n"
            "  from placed left join paid_back on paid_back.customer_id = placed.customer_id"
            " and paid_back.order_id = placed.order_id",
            "refunded_rows": "select customer_id, order_id, age from netted where wholly_refunded",
        }

    def _add_weight(self, half_life_days: int) -> str:
        weights = compute_decay_weights(half_life_days)
        index = f"least({self.dialect.divide.format('age', SECONDS_A_DAY)} + 1, {len(weights)})"
        return self.dialect.element.format(items=", ".join(map(str, weights)), index=index)

    # Numbers: one row a customer.

    def _build_number_tables(self) -> dict[str, str]:
        tables = {}
        if self.kinds:
            tables["event_kinds"] = (
                f"select customer_id, kind{self.kinds.render_columns()}\n"
                "  from event_rows\n  group by "
                f"customer_id, kind"
            )
        for place, (kinds, days) in enumerate(self.days.items(), start=1):
            tables[f"event_days_{place}"] = (
                f"select customer_id, local_day, min(age) as age\n  from event_rows\n"
                f"  where kind in ({quote_texts(kinds)})\n  group by customer_id, local_day"
            )
            tables[f"day_{place}_numbers"] = (
                f"select customer_id{days.render_columns()}\n  from event_days_{place}\n  group by "
                f"customer_id"
            )
        for source, numbers in self.numbers.items():
            if numbers:
                rows, name = _ROWS[source]
                tables[name] = (
                    f"select customer_id{numbers.render_columns()}\n"
                    f"  from {rows}\n  group by customer_id"
                )
        return tables | self.singles

    def _add_number(self, aggregate: Aggregate, expression: str, *more: str) -> str:
        """The name of an aggregate expression over the stream's rows, within its window and of
        its kinds."""
        stream = aggregate.stream
        window = [f"age <= {self.cutoff.get_window_seconds(stream.days)}"] if stream.days else []
        night = (
            [f"(local_hour >= {NIGHT_FROM} or local_hour < {NIGHT_UNTIL})"] if stream.night else []
        )
        filtered = render_filter(expression, *window, *night, *more)
        if stream.source != "events":
            return self.numbers[stream.source].name(filtered)
        self._require_events(aggregate)
        if aggregate.how == "distinct":
            return self.days.setdefault(
                stream.kinds, NamedExpressions(f"days_{len(self.days)}_")
            ).name(filtered)
        # Counted per kind first: a handful of sums over many rows, then many filters over few.
        merged = f"{_MERGES[aggregate.how]}({self.kinds.name(filtered)})"
        return self.numbers["events"].name(
            render_filter(merged, f"kind in ({quote_texts(stream.kinds)})")
        )

    def _require_events(self, aggregate: Aggregate) -> None:
        """See to it that the events an aggregate needs are read."""
        if not aggregate.stream.kinds:
            raise ValueError(f"events are counted by kind: {aggregate}")
        if aggregate.stream.days:
            self.event_days = max(self.event_days, aggregate.stream.days)
        else:
            self.ageless |= set(aggregate.stream.kinds)

    def _compile_aggregate(self, aggregate: Aggregate) -> str:
        """The double an aggregate ends as, over the columns of `whole`."""
        if aggregate.feed not in self.feeds:
            return "cast(null as double precision)"
        value = self._compile_double(aggregate)
        return value if aggregate.divisor == 1 else f"{value} / {aggregate.divisor}.0"

    def _compile_double(self, aggregate: Aggregate) -> str:
        column = aggregate.column
        match aggregate.how:
            case "count":
                return coalesce_zero(self._add_number(aggregate, "count(*)"))
            case "sum":
                return coalesce_zero(self._add_number(aggregate, f"sum({column})"))
            case "decayed":
                self.half_lives.add(aggregate.argument)
                amount = f" * cast({column} as {self.dialect.wide})" if column else ""
                weighed = f"weight_{aggregate.argument}{amount}"
                total = self._add_number(aggregate, f"sum({weighed})")
                whole = self._compile_wide_sum(total) if column else coalesce_zero(total)
                return f"{whole} / {WEIGHT_ONE}.0"
            case "mean":
                total = self._add_number(aggregate, f"sum({column})")
                return _divide(total, self._compile_present_count(aggregate))
            case "share":
                n = self._add_number(aggregate, "count(*)")
                return _divide(self._add_number(aggregate, "count(*)", f"{column}"), n)
            case "std":
                n, spread = self._compile_spread(aggregate)
                return f"case when {n} > 1 then {spread} end"
            case "z_score":
                return self._compile_z_score(aggregate)
            case "median":
                return self._add_number(
                    aggregate, f"percentile_cont(0.5) within group (order by {column})"
                )
            case "max":
                return cast_to_double(self._add_number(aggregate, f"max({column})"))
            case "latest":
                return cast_to_double(self._add_number(aggregate, f"max({column})", "newest"))
            case "nth_last":
                return convert_to_days(
                    self._add_number(aggregate, "max(age)", f"nth = {aggregate.argument}")
                )
            case "since_last":
                return convert_to_days(self._add_number(aggregate, "min(age)"))
            case "since_first":
                return convert_to_days(self._add_number(aggregate, "max(age)"))
            case "distinct":
                return self._compile_distinct(aggregate)
            case "days_without":
                return self._compile_days_without(aggregate)
            case "top":
                return self._compile_top(aggregate)

    def _compile_wide_sum(self, number: str) -> str:
        """A sum that may exceed 2^53, rounded once; 0 over nothing."""
        return self.dialect.to_double.format(self.exact.name(f"coalesce({number}, 0)"))

    def _compile_spread(self, aggregate: Aggregate) -> tuple[str, str]:
        """n, and the sample standard deviation from the exact moment n Σx² − (Σx)²; of amounts
        missing where n times the largest reaches EXACT_SUM."""
        column, wide = aggregate.column, self.dialect.wide
        n, total = (
            self._compile_present_count(aggregate),
            self._add_number(aggregate, f"sum({column})"),
        )
        is_money = (column or "").endswith("_minor")
        factor = f"cast({column} as {wide})" if is_money else column
        squares = self._add_number(aggregate, f"sum({factor} * {column})")
        moment = self.exact.name(
            f"cast({n} as {wide}) * cast({squares} as {wide}) - cast({total} as {wide}) * "
            f"cast({total} as {wide})"
        )
        pairs = f"nullif({cast_to_double(n)} * {cast_to_double(f'({n} - 1)')}, 0)"
        spread = f"sqrt({self.dialect.to_double.format(moment)} / {pairs})"
        if not is_money:
            return n, spread
        largest = self._add_number(aggregate, f"max(abs({column}))")
        is_exact = f"cast({n} as {wide}) * {largest} < {EXACT_SUM}"
        return n, f"case when {is_exact} then {spread} end"

    def _compile_z_score(self, aggregate: Aggregate) -> str:
        """(silence − mean gap) / spread of gaps, the upper part as one whole number."""
        n, spread = self._compile_spread(aggregate)
        total, silence = (
            self._add_number(aggregate, "sum(gap)"),
            self._add_number(aggregate, "min(age)"),
        )
        above = f"cast({n} * {silence} - {total} as bigint)"
        return (
            f"case when {n} > 1 and {spread} > 0 "
            f"then {cast_to_double(above)} / ({cast_to_double(n)} "
            f"* {spread}) end"
        )

    def _compile_distinct(self, aggregate: Aggregate) -> str:
        if aggregate.column != "local_day":
            distinct = self._add_number(aggregate, f"count(distinct {aggregate.column})")
            return coalesce_zero(distinct)
        # Of days there is one row each already (events), or the newest of each is marked (orders).
        # Windows begin at local midnights, so all rows of a day are in a window or none.
        marked = () if aggregate.stream.source == "events" else ("new_day",)
        return coalesce_zero(self._add_number(aggregate, "count(*)", *marked))

    def _compile_present_count(self, aggregate: Aggregate) -> str:
        """How many rows have the column; where none can lack it, they are the rows."""
        return self._add_number(
            aggregate,
            "count(*)" if aggregate.column in _NEVER_NULL else f"count({aggregate.column})",
        )

    def _compile_days_without(self, aggregate: Aggregate) -> str:
        stream, name = aggregate.stream, f"single_{len(self.singles) + 1}"
        self._require_events(aggregate)
        # Not order_rows: read once, they need not be kept in memory.
        orders, source = (
            ("netted", " and not o.wholly_refunded") if self._refunds_known else ("placed", "")
        )
        within = f" and age <= {self.cutoff.get_window_seconds(stream.days)}" if stream.days else ""
        self.singles[f"{name}_numbers"] = (
            f"select customer_id, count(distinct local_day) as {name}\n  from event_rows\n"
            f"  where kind in ({quote_texts(stream.kinds)}){within}\n"
            f"    and not exists (select 1 from {orders} as o where o.customer_id = "
            f"event_rows.customer_id"
            f" and o.local_day = event_rows.local_day{source})\n  group by customer_id"
        )
        return coalesce_zero(name)

    def _compile_top(self, aggregate: Aggregate) -> str:
        by, name = f"{aggregate.by}", f"single_{len(self.singles) + 1}"
        self.numbers["lines"].name("count(*)")  # so that line_rows are there to read
        self.singles[f"{name}_numbers"] = (
            f"select customer_id, case when flagged then 1 else 0 end as {name}\n  from (\n"
            f"    select customer_id, bool_or({aggregate.flag}) as flagged, row_number() over "
            f"(partition by customer_id\n"
            f"      order by coalesce(sum({aggregate.column}), 0) desc, "
            f"{self.dialect.byte_order.format(by)}) as place\n"
            f"    from line_rows where {by} is not null group by customer_id, {by}\n  ) as "
            f"ranked\n  where place = 1"
        )
        return cast_to_double(name)


def _divide(upper: str, n: str) -> str:
    """A whole number over a count; null over nothing."""
    return f"case when {n} > 0 then {cast_to_double(upper)} / {cast_to_double(n)} end"
