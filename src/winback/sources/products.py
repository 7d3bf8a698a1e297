"""Which purchases were of a bestseller, on clearance or at a low price, as of the day they were made (A9; CONTRACTS 4).

Every rule looks only at weeks or days before the purchase, so a later sale can never change an earlier flag. Bestseller
and price lists are drawn up each Monday over the 26 whole weeks before it; docs/decisions.md says why not daily.
"""

import duckdb

DAYS, WEEKS = 180, 26  # CONTRACTS 4, and its nearest number of whole weeks
BESTSELLER_PAIRS = 0.20  # of all buyer–SKU pairs
BESTSELLER_SKUS = 0.05  # of all SKUs at most
CLEARANCE_OF_MEDIAN = 0.70
CLEARANCE_SALES = 10
CLEARANCE_BELOW_DAY = 0.15  # deeper than that day's shop-wide discount, else 618 makes everyone a bargain hunter
LOW_PRICE_QUANTILE = 0.25
CATEGORY_SKUS = 20

_BY_WEEK = f"""
create or replace temp table sku_weeks as
with sold as (
  select sku, coalesce(category, '') as category, customer_id, cast(date_trunc('week', local_day) as date) as week,
    amount_cents, quantity
  from line_flags_in where sku is not null and coalesce(amount_cents, 1) > 0
),
weeks as (select cast(unnest(generate_series(min(week), max(week), interval 7 day)) as date) as week from sold),
-- The first category, because a later one is not known yet.
skus as (select sku, first(category order by week, category) as category, min(week) as first_week from sold group by sku),
-- A buyer counts for a SKU from the Monday after a purchase until {WEEKS} weeks have passed; overlaps are joined.
visits as (
  select sku, week, lag(week) over (partition by sku, customer_id order by week) as before
  from (select distinct sku, customer_id, week from sold)
),
steps as (
  select sku, greatest(week + 7, coalesce(before + 7 * {WEEKS + 1}, week + 7)) as week, 1 as step from visits
  union all
  select sku, week + 7 * {WEEKS + 1}, -1 from visits
),
buyers as (select sku, week, sum(step) as step from steps group by sku, week),
sales as (
  select sku, week, sum(amount_cents) as cents, sum(quantity) as units from sold where quantity > 0 group by sku, week
)
select skus.sku, skus.category, weeks.week,
  sum(buyers.step) over upto as buyers,
  sum(sales.cents) over past / nullif(sum(sales.units) over past, 0) as price
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
    sum(buyers) over (best rows unbounded preceding) - buyers as pairs_above, sum(buyers) over (partition by week) as pairs
  from sku_weeks where buyers > 0
  window best as (partition by week order by buyers desc, sku)
) where pairs_above < {BESTSELLER_PAIRS} * pairs and place <= greatest(1, floor({BESTSELLER_SKUS} * skus))
"""

_LOW_PRICES = f"""
create or replace temp table low_prices as
with shop as (
  select week, quantile_cont(price, {LOW_PRICE_QUANTILE}) as low from sku_weeks where price is not null group by week
)
select week, category,
  case when count(price) >= {CATEGORY_SKUS} then quantile_cont(price, {LOW_PRICE_QUANTILE}) else any_value(shop.low) end as low
from sku_weeks join shop using (week) where price is not null group by week, category
"""

_FLAGS = f"""
create or replace temp table line_flags as
with priced as (
  select row_id, sku, coalesce(category, '') as category, local_day, cast(date_trunc('week', local_day) as date) as week,
    case when quantity > 0 and amount_cents > 0 then amount_cents / quantity end as price
  from line_flags_in where sku is not null
),
past as (
  select *, median(price) over before as usual, count(price) over before as sales from priced
  window before as (
    partition by sku order by local_day range between interval {DAYS} day preceding and interval 1 day preceding
  )
),
shop_day as (select local_day, median(1 - price / usual) as off from past where usual > 0 group by local_day)
select past.row_id,
  bestsellers.sku is not null as bestseller,
  coalesce(past.sales >= {CLEARANCE_SALES} and past.price <= {CLEARANCE_OF_MEDIAN} * past.usual
    and 1 - past.price / past.usual >= shop_day.off + {CLEARANCE_BELOW_DAY}, false)
  or coalesce(past.price <= low_prices.low, false) as bargain
from past
left join bestsellers on bestsellers.sku = past.sku and bestsellers.week = past.week
left join low_prices on low_prices.category = past.category and low_prices.week = past.week
left join shop_day on shop_day.local_day = past.local_day
"""


def flag_lines(con: duckdb.DuckDBPyConnection) -> None:
    """From `line_flags_in` (row_id, sku, category, customer_id, local_day, quantity, amount_cents) make `line_flags`.

    `line_flags`: row_id, bestseller, bargain, for each line that has a SKU.
    """
    for statement in (_BY_WEEK, _BESTSELLERS, _LOW_PRICES, _FLAGS):
        con.execute(statement)
