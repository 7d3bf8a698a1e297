"""The words shops use for columns, statuses and events, as data: what `detection` understands an unknown export by.

Our name → theirs, in Chinese, English and some German and French; the first that fits wins.
"""

from collections.abc import Mapping, Sequence

from winback.data.ingest.raw_rows import Spellings

# Our names in the words of shops that no profile knows; the first that fits wins.
ORDER_WORDS: Spellings = {
    "order_id": ("order_id", "order id", "order number", "order no", "order no.", "order #", "order nr", "order nr.", "orderid", "order", "invoice", "invoice no",
                 "invoiceno", "transaction_id", "transaction id", "receipt", "basket_id", "订单编号", "订单号", "主订单编号", "单号",
                 "交易号", "流水号", "bestellnummer", "bestellnr", "bestellnr.", "bestell-nr.", "auftragsnummer", "numéro de commande"),
    "customer_id": ("customer_id", "customer id", "customerid", "customer number", "customer", "client_id", "client", "user_id",
                    "user id", "userid", "buyer_id", "buyer", "member_id", "member", "account", "account_id", "uid", "shopper_id",
                    "household_id", "会员号", "会员编号", "会员ID", "会员卡号", "会员账号", "客户编号", "客户ID", "客户号", "顾客编号", "顾客",
                    "客户", "用户ID", "用户编号", "用户", "买家ID", "买家会员名", "买家昵称", "买家", "下单账号", "email", "e-mail",
                    "customer email", "phone", "mobile", "手机号", "手机号码", "手机", "联系电话", "联系手机", "kundennummer", "kundennr", "kundennr.", "kunden-nr.", "kunde", "电话"),
    "ordered_at": ("paid_at", "paid at", "payment time", "payment date", "ordered_at", "order_date", "order date", "order time",
                   "order_time", "purchase_date", "purchase date", "purchased_at", "transaction_date", "transaction date",
                   "invoicedate", "invoice date", "created_at", "created at", "date created", "event_time", "datetime", "timestamp", "date",
                   "付款时间", "支付时间", "订单付款时间", "买家付款时间", "支付完成时间", "成交时间", "下单时间", "订单时间", "订单创建时间", "创建时间",
                   "购买时间", "下单日期", "交易日期", "订单日期", "日期", "时间", "bestelldatum", "datum"),
    "amount": ("amount", "line_total", "line total", "total paid", "paid", "net amount", "sales", "sales_value", "revenue",
               "order_amount", "order amount", "order_total", "order total", "grand total", "total", "total_price", "total price",
               "payment", "value", "dollar_value", "实付金额", "实际支付金额", "支付金额", "付款金额", "实收金额", "应付金额", "订单金额",
               "成交金额", "销售额", "总金额", "金额", "betrag", "gesamtbetrag", "summe", "montant"),
    "unit_price": ("unit_price", "unit price", "unitprice", "price", "item price", "单价", "商品单价", "价格", "售价", "preis"),
    "quantity": ("quantity", "qty", "units", "number of items", "count", "数量", "购买数量", "商品数量", "件数", "menge"),
    "sku": ("sku", "product_id", "product id", "item_id", "item id", "stockcode", "product code", "article", "商品编码", "商品编号",
            "商家编码", "货号", "商品ID", "商品id", "artikelnummer"),
    "product_name": ("product_name", "product name", "product", "item", "item name", "description", "title", "商品名称", "商品标题",
                     "宝贝标题", "商品", "品名", "artikel"),
    "category": ("category", "product_category", "product category", "department", "类目", "分类", "品类", "商品分类", "kategorie"),
    "discount": ("discount", "discount_amount", "discount amount", "coupon amount", "优惠金额", "折扣金额", "优惠", "rabatt"),
    "status": ("status", "order_status", "order status", "state", "订单状态", "交易状态", "状态"),
    "refund_amount": ("refund_amount", "refund amount", "refunded amount", "refund", "退款金额", "退款"),
    "refunded_at": ("refunded_at", "refund date", "refund time", "退款时间", "退款日期"),
    "channel": ("channel", "source", "platform", "渠道", "来源", "订单来源", "平台"),
    "phone": ("phone", "mobile", "phone number", "手机号", "手机号码", "手机", "联系电话", "联系手机", "买家手机号"),
    "currency": ("currency", "币种", "货币"),
    "note": ("备注", "商家备注", "订单备注", "卖家备注", "seller note"),
}  # fmt: skip
EVENT_WORDS: Spellings = {
    "customer_id": ORDER_WORDS["customer_id"],
    "kind": ("event", "event_type", "event type", "event_name", "kind", "type", "action", "behavior", "behavior_type", "behaviour",
             "behavior type", "行为", "行为类型", "事件", "事件类型", "操作"),
    "occurred_at": ("occurred_at", "event_time", "event time", "time", "timestamp", "datetime", "date", "ts", "时间", "行为时间",
                    "发生时间", "日期"),
    "ref": ("item_id", "product_id", "sku", "ref", "page", "url", "商品ID", "商品编号", "页面"),
    "value": ("duration", "seconds", "value", "停留时长", "时长"),
}  # fmt: skip
STATUS_WORDS: Mapping[str, Sequence[str]] = {
    "refunded": ("refund", "returned", "chargeback", "退款", "已退货", "退货"),
    "cancelled": ("cancel", "void", "closed", "failed", "declined", "expired", "rejected", "deleted", "取消", "关闭", "失败", "作废",
                  "删除", "storniert"),
    "unpaid": ("unpaid", "pending", "on-hold", "on hold", "awaiting", "待付款", "未付款", "等待买家付款", "待支付", "未支付"),
    "paid": ("paid", "complete", "done", "success", "shipped", "deliver", "fulfilled", "processing", "closed won", "ok", "成功", "完成",
             "已付款", "已支付", "已发货", "待发货", "待收货", "已收货", "已签收", "已出库", "bezahlt"),
}  # fmt: skip
KIND_WORDS: Mapping[str, Sequence[str]] = {
    "view": ("pv", "view", "page_view", "click", "browse", "visit", "浏览", "点击"),
    "search": ("search", "搜索"),
    "favourite": ("fav", "favorite", "favourite", "collect", "wishlist", "收藏"),
    "cart": ("cart", "add_to_cart", "addtocart", "basket", "加购", "加入购物车"),
    "checkout": ("checkout", "结算"),
    "coupon_claim": ("coupon_claim", "claim", "领券"),
    "coupon_use": ("coupon_use", "redeem", "用券"),
    "service_contact": ("service", "ticket", "contact", "咨询", "客服"),
    "review": ("review", "rating", "评价"),
}
SYMBOLS = {"¥": "CNY", "￥": "CNY", "元": "CNY", "€": "EUR", "£": "GBP", "$": "USD"}
