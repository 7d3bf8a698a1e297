"""Which purchases were of a bestseller, on clearance or at a low price, as of the day they were
made (A9).

Every rule looks only at weeks or days before the purchase, so a later sale can never change an
earlier flag. Bestseller and price lists are drawn up each Monday over the 26 whole weeks before it;
docs/decisions says why not daily.
"""

from datetime import timedelta
from pathlib import Path

import duckdb

from winback.data.store import build_parquet_scan, quote_literal

DAYS, WEEKS = 180, 26  # half a year, and its nearest number of whole weeks
BESTSELLER_PAIRS = 0.20  # of all buyer–SKU pairs
BESTSELLER_SKUS = 0.05  # of all SKUs at most
CLEARANCE_OF_MEDIAN = 0.70
CLEARANCE_SALES = 10
CLEARANCE_BELOW_DAY = (
    0.15  # deeper than that day's shop-wide discount, else 618 makes everyone a bargain hunter
)
LOW_PRICE_QUANTILE = 0.25
CATEGORY_SKUS = 20

# Added up a part of the customers at a time: all of a buyer's visits are in one part.
_BEGIN = (
    "create or replace temp table sku_firsts (sku varchar, first struct(week date, category "
    "varchar))",
    "create or replace temp table buyer_steps (sku varchar, week date, step bigint)",
    "create or replace temp table sku_sales (sku varchar, week date, minor bigint, units bigint)",
    "create or replace temp table sold_weeks (week date)",
)
_SOLD = """
create or replace temp table sold as
select sku, coalesce(category, '') as category, customer_id,
  cast(date_trunc('week', local_day) as date) as week,
  amount_minor, quantity
from {lines} where counts and sku is not null and coalesce(amount_minor, 1) > 0
"""
_ADD = (
    # The first category, because a later one is not known yet.
    "insert into sku_firsts select sku, min({'week': week, 'category': category}) from sold group "
    "by sku",
    # A buyer counts for a SKU from the Monday after a purchase until WEEKS weeks have passed;
    # overlaps are joined.
    f"""
    insert into buyer_steps
    with visits as (
      select sku, week, lag(week) over (partition by sku, customer_id order by week) as before
      from (select distinct sku, customer_id, week from sold)
    ),
    steps as (
      select sku, greatest(week + 7, coalesce(before + 7 * {WEEKS + 1}, week + 7)) as week,
        1 as step from visits
      union all
      select sku, week + 7 * {WEEKS + 1}, -1 from visits
    )
    select sku, week, sum(step) from steps group by sku, week
    """,
    "insert into sku_sales select sku, week, sum(amount_minor), sum(quantity) from sold where "
    "quantity > 0 group by sku, week",
    "insert into sold_weeks select unnest([min(week), max(week)]) from sold",
)
_BY_WEEK = f"""
create or replace temp table sku_weeks as
with weeks as (
  select cast(unnest(generate_series(min(week), max(week), interval 7 day)) as date) as week
    from sold_weeks
),
skus as (
  select sku, first.category as category, first.week as first_week
  from (select sku, min(first) as first from sku_firsts group by sku)
),
buyers as (select sku, week, sum(step) as step from buyer_steps group by sku, week),
sales as (select sku, week, sum(minor) as minor, sum(units) as units
  from sku_sales group by sku, week)
select skus.sku, skus.category, weeks.week,
  sum(buyers.step) over upto as buyers,
  sum(sales.minor) over past / nullif(sum(sales.units) over past, 0) as price
from skus join weeks on weeks.week >= skus.first_week
left join buyers on buyers.sku = skus.sku and buyers.week = weeks.week
left join sales on sales.sku = skus.sku and sales.week = weeks.week
window upto as (partition by skus.sku order by weeks.week rows unbounded preceding),
  past as (partition by skus.sku order by weeks.week rows between {WEEKS} preceding and 1 preceding)
"""

_BESTSELLERS = f"""
create or replace temp table bestsellers as
select sku, week from (
  select sku, week, row_number() over best as place, count(*) over (partition by week) as skus,
    sum(buyers) over (best rows unbounded preceding) - buyers as pairs_above,
      sum(buyers) over (partition by week) as pairs
  from sku_weeks where buyers > 0
  window best as (partition by week order by buyers desc, sku)
) where pairs_above < {BESTSELLER_PAIRS} * pairs
  and place <= greatest(1, floor({BESTSELLER_SKUS} * skus))
"""

_LOW_PRICES = f"""
create or replace temp table low_prices as
with shop as (
  select week, quantile_cont(price, {LOW_PRICE_QUANTILE}) as low
    from sku_weeks where price is not null group by week
)
select week, category,
  case when count(price) >= {CATEGORY_SKUS} then quantile_cont(price, {LOW_PRICE_QUANTILE})
    else any_value(shop.low) end as low
from sku_weeks join shop using (week) where price is not null group by week, category
"""

_PRICED = """
select row_id, sku, coalesce(category, '') as category, local_day,
  cast(date_trunc('week', local_day) as date) as week,
  case when quantity > 0 and amount_minor > 0 then amount_minor / quantity end as price
from {lines} where counts and sku is not null
"""
_PAST = f"""
select *, median(price) over before as usual, count(price) over before as sales from {{priced}}
window before as (
  partition by sku order by local_day range between interval {DAYS} day preceding
    and interval 1 day preceding
)
"""
_SHOP_DAY = (
    "select local_day, median(1 - price / usual) as off from {past} where usual > 0 "
    "{days} "
    "group by local_day"
)
_FLAGS = f"""
create or replace temp table line_flags as
select past.row_id,
  bestsellers.sku is not null as bestseller,
  coalesce(past.sales >= {CLEARANCE_SALES} and past.price <= {CLEARANCE_OF_MEDIAN} * past.usual
    and 1 - past.price / past.usual >= shop_day.off + {CLEARANCE_BELOW_DAY}, false)
  or coalesce(past.price <= low_prices.low, false) as bargain
from {{past}} as past
left join bestsellers on bestsellers.sku = past.sku and bestsellers.week = past.week
left join low_prices on low_prices.category = past.category and low_prices.week = past.week
left join shop_day on shop_day.local_day = past.local_day
"""
_NO_PAST = (
    "(select 0 as row_id, '' as sku, '' as category, date '1970-01-01' as local_day, date "
    "'1970-01-01' as week, 0.0 as price,"
    " 0.0 as usual, 0 as sales where false)"
)
MOST_BUCKETS = 16  # of SKUs: a part of the customers leaves a file for each


def start_products(con: duckdb.DuckDBPyConnection) -> None:
    """Begin to add up what is known of products."""
    for statement in _BEGIN:
        con.execute(statement)


def add_products(
    con: duckdb.DuckDBPyConnection, lines: str, scratch: Path, part: int, parts: int
) -> None:
    """Add the lines of a part: row_id (its remainder by `parts` is `part`), sku, category,
    customer_id, local_day, quantity, amount_minor and counts."""
    con.execute(_SOLD.format(lines=lines))
    for statement in _ADD:
        con.execute(statement)
    if parts == 1:
        con.execute(f"create or replace temp view priced as {_PRICED.format(lines=lines)}")
        return
    (scratch / "priced").mkdir(exist_ok=True)
    con.execute(
        f"copy (select *, hash(sku) % {_count_buckets(parts)} as bucket from "
        f"({_PRICED.format(lines=lines)}))"
        f" to {quote_literal(str(scratch / 'priced' / str(part)))} (format parquet, partition_by "
        f"(bucket))"
    )


def finish_products(con: duckdb.DuckDBPyConnection, scratch: Path, parts: int) -> None:
    """Draw up the weekly lists, and each line's past prices: of all customers, some SKUs at a
    time."""
    for statement in (_BY_WEEK, _BESTSELLERS, _LOW_PRICES):
        con.execute(statement)
    if parts == 1:
        con.execute(f"create or replace temp table past as {_PAST.format(priced='priced')}")
        con.execute(
            f"create or replace temp table shop_day as {_SHOP_DAY.format(past='past', days='')}"
        )
        return
    _write_past(scratch, parts, con)
    past = _read_files_sql(scratch, "past/*/part=*/*.parquet")
    con.execute("create or replace temp table shop_day (local_day date, off double)")
    if past:
        _insert_shop_days(con, past, parts)


def _insert_shop_days(con: duckdb.DuckDBPyConnection, past: str, parts: int) -> None:
    # A median keeps all its values: some days at a time.
    first, last = con.execute(f"select min(local_day), max(local_day) from {past}").fetchall()[0]
    step = max(1, (last - first).days // parts + 1)
    for day in range(0, (last - first).days + 1, step):
        start = first + timedelta(days=day)
        end = start + timedelta(days=step)
        days = f"and local_day >= date '{start}' and local_day < date '{end}'"
        con.execute(f"insert into shop_day {_SHOP_DAY.format(past=past, days=days)}")


def _write_past(scratch: Path, parts: int, con: duckdb.DuckDBPyConnection) -> None:
    (scratch / "past").mkdir()
    for bucket in range(_count_buckets(parts)):
        priced = _read_files_sql(scratch, f"priced/*/bucket={bucket}/*.parquet")
        if priced:
            con.execute(
                f"copy (select *, row_id % {parts} as part from ({_PAST.format(priced=priced)}))"
                f" to {quote_literal(str(scratch / 'past' / str(bucket)))} "
                "(format parquet, partition_by "
                f"(part))"
            )


def flag_part(con: duckdb.DuckDBPyConnection, scratch: Path, part: int, parts: int) -> None:
    """Make `line_flags` (row_id, bestseller, bargain) of a part's lines that have a SKU."""
    past = "past" if parts == 1 else _read_files_sql(scratch, f"past/*/part={part}/*.parquet")
    con.execute(_FLAGS.format(past=past or _NO_PAST))


def _count_buckets(parts: int) -> int:
    return min(parts, MOST_BUCKETS)


def _read_files_sql(scratch: Path, pattern: str) -> str:
    """What reads some files; nothing if there are none."""
    files = sorted(scratch.glob(pattern))
    return build_parquet_scan(files, "hive_partitioning = false") if files else ""
