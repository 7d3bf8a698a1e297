-- The same columns as the declared list gives for the made shop, written by hand the way an analyst would: one statement, plain
-- double aggregates, one pass over orders and one over the last 180 days of events. $at is the cut-off (UTC, local midnight).
with history as (
  select o.customer_id, o.order_id, o.occurred_at, o.local_day, o.local_hour, o.local_weekend, o.units, o.lines, o.discount_minor,
    o.amount_minor - coalesce(r.minor, 0) as minor, r.minor >= o.amount_minor as refunded,
    date_diff('microsecond', o.occurred_at, $at) / 1e6 / 86400 as age
  from orders o
  left join (
    select customer_id, order_id, sum(amount_minor) as minor from refunds
    where known_at < $at and order_id is not null group by customer_id, order_id
  ) r on r.customer_id = o.customer_id and r.order_id = o.order_id
  where o.known_at < $at and not (o.gift or o.wholesale or o.brushing)
),
kept as (
  select *, row_number() over w as nth, lead(age) over w - age as gap
  from history where refunded is not true
  window w as (partition by customer_id order by occurred_at desc, order_id desc)
),
o as (
  select customer_id,
    min(age) as days_since_last_order,
    max(age) filter (nth = 2) as days_since_2nd_last_order,
    max(age) filter (nth = 3) as days_since_3rd_last_order,
    max(age) as days_since_first_order,
    count(*) as orders_lifetime,
    count(*) filter (occurred_at >= $at - interval 7 day) as orders_last_7_days,
    count(*) filter (occurred_at >= $at - interval 30 day) as orders_last_30_days,
    count(*) filter (occurred_at >= $at - interval 60 day) as orders_last_60_days,
    count(*) filter (occurred_at >= $at - interval 90 day) as orders_last_90_days,
    count(*) filter (occurred_at >= $at - interval 180 day) as orders_last_180_days,
    count(*) filter (occurred_at >= $at - interval 365 day) as orders_last_365_days,
    count(distinct local_day) as purchase_days_lifetime,
    count(distinct local_day) filter (occurred_at >= $at - interval 365 day) as purchase_days_last_365_days,
    sum(pow(0.5, floor(age) / 45)) as orders_decayed_45_days,
    sum(pow(0.5, floor(age) / 120)) as orders_decayed_120_days,
    sum(pow(0.5, floor(age) / 360)) as orders_decayed_360_days,
    avg(gap) as gap_mean_days,
    median(gap) as gap_median_days,
    stddev_samp(gap) as gap_std_days,
    max(gap) as gap_max_days,
    avg(local_weekend::int) as weekend_share,
    avg(local_hour) as order_hour_mean,
    sum(minor) as spend_lifetime_minor,
    coalesce(sum(minor) filter (occurred_at >= $at - interval 30 day), 0) as spend_last_30_days_minor,
    coalesce(sum(minor) filter (occurred_at >= $at - interval 90 day), 0) as spend_last_90_days_minor,
    coalesce(sum(minor) filter (occurred_at >= $at - interval 365 day), 0) as spend_last_365_days_minor,
    sum(minor * pow(0.5, floor(age) / 45)) as spend_decayed_45_days_minor,
    sum(minor * pow(0.5, floor(age) / 120)) as spend_decayed_120_days_minor,
    sum(minor * pow(0.5, floor(age) / 360)) as spend_decayed_360_days_minor,
    avg(minor) as order_value_mean_minor,
    median(minor) as order_value_median_minor,
    stddev_samp(minor) as order_value_std_minor,
    max(minor) as order_value_max_minor,
    max(minor) filter (nth = 1) as order_value_last_minor,
    avg(units) as units_mean,
    avg(lines) as lines_mean,
    avg((discount_minor > 0)::int) as discounted_order_share,
    sum(discount_minor) as discount_lifetime_minor
  from kept group by customer_id
),
back as (
  select customer_id,
    min(date_diff('microsecond', occurred_at, $at)) / 1e6 / 86400 as days_since_last_refund,
    coalesce(sum(amount_minor) filter (order_id is null), 0) as loose_refunds_lifetime_minor,
    coalesce(sum(amount_minor) filter (order_id is null and occurred_at >= $at - interval 365 day), 0) as loose_refunds_last_365_days_minor,
    count(*) as refunds_lifetime,
    sum(amount_minor) as refunded_minor_lifetime
  from refunds where known_at < $at group by customer_id
),
gone as (
  select customer_id, min(age) as days_since_last_refunded_order, count(*) as refunded_orders_lifetime
  from history where refunded group by customer_id
),
recent as (
  select customer_id, kind, occurred_at, local_day, value, date_diff('microsecond', occurred_at, $at) / 1e6 / 86400 as age
  from events where known_at < $at and occurred_at >= $at - interval 180 day
),
e as (
  select customer_id,
    count(*) filter (kind = 'view' and occurred_at >= $at - interval 7 day) as views_last_7_days,
    count(*) filter (kind = 'view' and occurred_at >= $at - interval 30 day) as views_last_30_days,
    count(*) filter (kind = 'view' and occurred_at >= $at - interval 90 day) as views_last_90_days,
    count(*) filter (kind = 'search' and occurred_at >= $at - interval 90 day) as searches_last_90_days,
    count(*) filter (kind = 'favourite' and occurred_at >= $at - interval 90 day) as favourites_last_90_days,
    count(*) filter (kind = 'cart' and occurred_at >= $at - interval 7 day) as carts_last_7_days,
    count(*) filter (kind = 'cart' and occurred_at >= $at - interval 30 day) as carts_last_30_days,
    count(*) filter (kind = 'cart' and occurred_at >= $at - interval 90 day) as carts_last_90_days,
    count(*) filter (kind = 'checkout' and occurred_at >= $at - interval 90 day) as checkouts_last_90_days,
    count(*) filter (kind = 'coupon_claim' and occurred_at >= $at - interval 30 day) as coupon_claims_last_30_days,
    count(*) filter (kind = 'coupon_claim' and occurred_at >= $at - interval 90 day) as coupon_claims_last_90_days,
    count(*) filter (kind = 'campaign_received' and occurred_at >= $at - interval 30 day) as campaigns_received_last_30_days,
    count(*) filter (kind = 'campaign_received' and occurred_at >= $at - interval 90 day) as campaigns_received_last_90_days,
    count(*) filter (kind = 'campaign_received') as campaigns_received_last_180_days,
    count(*) filter (kind = 'message_open' and occurred_at >= $at - interval 90 day) as message_opens_last_90_days,
    count(*) filter (kind = 'activity' and occurred_at >= $at - interval 15 day) as activities_last_15_days,
    count(*) filter (kind = 'activity' and occurred_at >= $at - interval 90 day) as activities_last_90_days,
    count(*) filter (kind = 'service_contact' and occurred_at >= $at - interval 90 day) as service_contacts_last_90_days,
    count(*) filter (kind = 'review' and occurred_at >= $at - interval 90 day) as reviews_last_90_days,
    min(age) filter (kind = 'view') as days_since_last_view,
    min(age) filter (kind = 'cart') as days_since_last_cart,
    min(age) filter (kind = 'campaign_received') as days_since_last_campaign_received,
    min(age) filter (kind = 'review') as days_since_last_review,
    count(distinct local_day) filter (kind <> 'campaign_received' and occurred_at >= $at - interval 30 day) as active_days_last_30_days,
    count(distinct local_day) filter (kind <> 'campaign_received' and occurred_at >= $at - interval 90 day) as active_days_last_90_days,
    coalesce(sum(value) filter (kind = 'view' and occurred_at >= $at - interval 90 day), 0) as view_seconds_last_90_days
  from recent group by customer_id
),
carted as (
  select customer_id, count(distinct local_day) as cart_days_without_order
  from recent where kind = 'cart' and occurred_at >= $at - interval 90 day
    and (customer_id, local_day) not in (select customer_id, local_day from kept)
  group by customer_id
)
select h.customer_id, o.* exclude (customer_id), back.* exclude (customer_id), gone.* exclude (customer_id),
  e.* exclude (customer_id), carted.cart_days_without_order,
  days_since_last_order / nullif(days_since_first_order, 0) as recency_of_tenure,
  (days_since_last_order - gap_mean_days) / nullif(gap_std_days, 0) as recency_z_score,
  days_since_last_order / nullif(gap_mean_days, 0) as recency_of_mean_gap,
  days_since_last_order / nullif(gap_median_days, 0) as recency_of_median_gap,
  days_since_last_order / nullif(gap_max_days, 0) as recency_of_longest_gap,
  gap_std_days / nullif(gap_mean_days, 0) as gap_spread_of_mean,
  orders_lifetime / nullif(days_since_first_order, 0) as orders_per_day_of_tenure,
  orders_last_30_days / nullif(orders_last_90_days, 0) as orders_30_of_90_days,
  orders_last_90_days / nullif(orders_last_365_days, 0) as orders_90_of_365_days,
  (orders_lifetime = 1)::int as is_one_time_buyer,
  spend_lifetime_minor - coalesce(loose_refunds_lifetime_minor, 0) as net_spend_lifetime_minor,
  spend_last_365_days_minor - coalesce(loose_refunds_last_365_days_minor, 0) as net_spend_last_365_days_minor,
  order_value_last_minor / nullif(order_value_mean_minor, 0) as last_of_mean_order_value,
  discount_lifetime_minor / nullif(spend_lifetime_minor, 0) as discount_of_spend,
  carts_last_90_days / nullif(views_last_90_days, 0) as cart_to_view_90_days
from (select distinct customer_id from history) h
left join o using (customer_id) left join back using (customer_id) left join gone using (customer_id)
left join e using (customer_id) left join carted using (customer_id)
order by h.customer_id
