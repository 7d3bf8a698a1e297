"""Why the model gives a customer the risk it does: one sentence a theme, with the customer's own
numbers."""

REASONS: dict[str, tuple[str, str]] = {
    "why.raises": ("↑ {reason}", "↑ {reason}"),
    "why.lowers": ("↓ {reason}", "↓ {reason}"),
    "why.between": ("; ", "；"),
    "why.rhythm": ("usually {usual} days between orders, now {days}", "通常{usual}天，已{days}天"),
    "why.in_time": (
        "about every {usual} days an order, the last {days} days ago",
        "约每{usual}天下一单，上一单在{days}天前",
    ),
    "why.silence": ("{days} days since the last order", "距上次下单{days}天"),
    "why.tenure": ("a customer for {tenure} days", "首单至今{tenure}天"),
    "why.pace": (
        "orders in 90 days: {lately}, in a year: {year}",
        "90天内{lately}单，一年内{year}单",
    ),
    "why.habit": ("orders so far: {orders}", "累计{orders}单"),
    "why.hours": ("{weekend} % of orders at weekends", "周末下单占{weekend}%"),
    "why.refunds": ("refunds so far: {refunds}", "累计退款{refunds}次"),
    "why.discounts": ("{discounted} % of orders with a discount", "{discounted}%的订单有优惠"),
    "why.range": ("different products in a year: {skus}", "一年内买过{skus}种商品"),
    "why.basket": ("the last order of {last}, usually {mean}", "最近一单{last}，平均{mean}"),
    "why.spend": (
        "spent {lately} in 90 days, {year} in a year",
        "90天内消费{lately}，一年内{year}",
    ),
    "why.carts": ("put into the cart in 90 days: {carts}", "90天内加购{carts}次"),
    "why.coupons": ("coupons used in half a year: {uses}", "半年内用券{uses}次"),
    "why.messages": (
        "messages in 90 days: {received}, clicked: {clicked}",
        "90天内收到消息{received}条，点击{clicked}次",
    ),
    "why.service": ("service contacts in 90 days: {contacts}", "90天内咨询客服{contacts}次"),
    "why.visits": ("active days of the last 30: {active}", "30天内活跃{active}天"),
}
