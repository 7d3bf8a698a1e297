"""The words shops use for columns, as data: what `column_guesses` understands an unknown export by.

In Chinese, English, German, French, Spanish, Portuguese and Japanese. Names are compared by whole
words, without accents; of Chinese and Japanese, which write none apart, by what they hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from winback.data.ingest.column_names_more import MORE_NAMES, MORE_NEVER


@dataclass(frozen=True)
class ColumnWords:
    """What columns of one meaning are called.

    names: with commas, the best first; beside: words that may stand beside a name and change
    nothing; never: words that make it something else; whole_only: names that mean it only where
    they stand alone; after_any: names that mean it after any word; more: the names of further
    languages, each list ranked by itself.
    """

    names: str
    beside: str = ""
    never: str = ""
    whole_only: str = ""
    after_any: str = ""
    more: Sequence[str] = ()


_NUMBER_WORDS = (
    "id ids number numbers no nr num # nummer numero code ref reference 番号 编号 单号 号码 号"
)
_MONEY_BESIDE = (
    "order sales sale grand net gross paid payment final charged billed customer buyer "
    "transaction invoice purchase usd eur gbp cny jpy in of the total amount price value base "
    "sum incl including excl excluding purchased "
    "brutto netto gesamt bestellung rechnung commande pedido compra total ttc ht pago venta venda "
    "订单 买家 用户 商家 实际 实付 应付 实收 支付 付款 元 人民币 本单 含税 含运费 税込 税抜 合計 ご 注文 お"
)
_NOT_MONEY = (
    f"{_NUMBER_WORDS} % refund refunded refunds return returned returns shipping ship delivery "
    "freight handling postage tax taxes vat gst discount discounts coupon voucher fee fees "
    "commission tip tips count quantity qty items units weight balance outstanding rate percent "
    "points cost costs list original compare orders lifetime ltv clv cumulative average avg "
    "status date time currency method type due before collected saved reward "
    "ust offen restant reste saldo tarifa tarifas pendiente "
    "versand versandkosten lieferung steuer mwst rabatt gebuhr erstattung anzahl menge punkte "
    "livraison port tva taxe taxes frais remise remboursement nombre quantite reduction "
    "envio impuesto impuestos descuento reembolso cantidad iva comision gastos "
    "frete imposto desconto reembolso quantidade taxa comissao devolvido "
    "原价 标价 吊牌价 市场价 成本 배송비 쿠폰 할인 退款 运费 邮费 税额 税费 优惠 折扣 红包 手续费 佣金 数量 件数 定金 状态 方式 "
    "送料 消費税 割引 値引 返金 手数料 数量 ポイント"
)
_DATE_BESIDE = (
    "order orders purchase transaction sale sales invoice payment customer utc gmt local est pst "
    "cet time date datetime timestamp at on the day und et de la do da y and 订单 交易 买家 お ご"
)
_NOT_DATE = (
    f"{_NUMBER_WORDS} shipped ship shipping shipment delivered delivery fulfilled fulfilment "
    "fulfillment updated update modified edited changed cancelled canceled cancel refunded refund "
    "returned return birth birthday due expiry expires expected estimated printed dispatched "
    "signup registered registration until end export exported "
    "versand lieferung liefer geburt storno geandert expedition livraison naissance annulation "
    "envio entrega nacimiento cancelacion nascimento "
    "发货 收货 退款 更新 修改 取消 关闭 注册 生日 截止 到货 发送 発送 配送 更新 返金 誕生日"
)
_PEOPLE_BESIDE = (
    "注文者 購入者 お客様 請求先 unique shop store wp woocommerce user billing contact primary hash hashed "
    "encoded"
)
_NOT_PEOPLE = (
    "note notes message group type segment since count total orders order tags tag city country "
    "state street zip postcode address company accepts marketing status seller ship shipping "
    "recipient receiver delivery employee staff cashier currency lang language service "
    "gruppe notiz bemerkung groupe grupo observacoes nota 备注 留言 等级 分组 类型 收货 收件 卖家 "
    "客服 地址 电子券 メモ 備考 配送 お届け"
)

_LINES = "line lines order lignes ligne de commande auftragszeilen lineas del pedido"

# Words of columns that are never taken for who bought, whatever their values look like.
NO_PERSON = (
    "price tax taxes shipping total subtotal discount amount quantity qty city country state zip "
    "status method currency 金额 优惠 折扣 价 实付 实收 运费 数量 件数 状态 时间 日期 规格"
)


# Our names in the words of shops that no profile knows; the first that fits wins.
_COMMON_WORDS: Mapping[str, ColumnWords] = {
    "order_id": ColumnWords(
        names=(
            "order id, order number, order no, order #, order nr, orderid, order, sales order, "
            "order reference, order code, order name, invoice, invoice number, invoice no, "
            "invoice id, invoiceno, transaction id, transaction number, transaction no, receipt, "
            "receipt number, receipt no, receipt id, basket id, sales record number, booking id, "
            "booking number, booking reference, reservation id, buchungsnummer, buchungsnr, "
            "buchungs nr, bilagsnr, bilagsnummer, bilag, ordrenr, ordrenummer, ordernr, fakturanr, "
            "bestellnummer, bestellnr, bestell nr, bestell id, bestellung, auftragsnummer, "
            "auftragsnr, auftrag, rechnungsnummer, belegnummer, numero de commande, numero "
            "commande, no commande, n commande, id commande, commande, reference commande, "
            "numero de pedido, numero pedido, n pedido, no pedido, n de venda, numero da venda, "
            "n cde, no cde, "
            "numero de cde, reference de la commande, reference de commande, reference commande, "
            "id pedido, id del pedido, "
            "pedido, numero do pedido, id do pedido, numero de orden, orden, folio, 订单编号, "
            "주문번호, 订单号, 主订单编号, 单据编号, 单据号, 单号, 交易号, 流水号, 小票号, 注文番号, 受注番号, オーダー番号, "
            "注文id, 伝票番号, reference, name, id, num"
        ),
        beside="sales sale shop store web order online platform main purchase my our 平台 主 内部 线上",
        never=(
            "date time total amount status item items line customer client user buyer product "
            "lineitem payment shipping tracking count type value price qty quantity source note "
            "currency substatus refund tax parent original related 商品 时间 日期 金额 状态 快递 物流 运单 退款 支付 "
            "付款 商户 来源 备注 类型 数"
        ),
        after_any="order id, order number, order no",
        whole_only=(
            "order, id, name, reference, receipt, invoice, folio, pedido, orden, commande, "
            "bestellung, auftrag, 单号, num"
        ),
    ),
    "customer_id": ColumnWords(
        names=(
            "customer id, customer number, customer no, customer nr, customer #, customerid, "
            "cust id, customer code, customer key, customer user id, customer unique id, client "
            "id, client number, user id, userid, buyer id, buyer username, buyer user id, member "
            "id, member number, member no, membership number, account id, account number, "
            "shopper id, household id, visitor id, contact id, uid, loyalty id, card number "
            "loyalty, kundennummer, kundennr, kunden nr, kunden nummer, kunden id, numero "
            "client, numero de client, id client, code client, id cliente, id del cliente, "
            "codigo cliente, codigo de cliente, codigo do cliente, numero de cliente, id do "
            "cliente, 구매자 id, 구매자, 회원번호, 고객번호, 会员号, 会员编号, 会员id, 会员卡号, 会员账号, 客户编号, 客户id, 客户号, "
            "顾客编号, 顾客id, 用户id, 用户编号, 买家id, 买家会员名, 买家昵称, 买家账号, "
            "下单账号, 往来单位编号, 往来单位, 往来单位名称, 顧客番号, 顧客id, 会員番号, 会員id, ユーザーid, お客様番号, customer, "
            "client, buyer, member, user, account, shopper, kunde, cliente, comprador, 顾客, "
            "客户, 用户, 买家, 会员, 顧客, customer email, email, e mail, email address, mail, e "
            "mail adresse, email adresse, adresse e mail, adresse email, courriel, correo, "
            "correo electronico, correo del cliente, email do cliente, email del cliente, 邮箱, "
            "电子邮箱, メール, メールアドレス, phone, phone number, mobile, mobile number, "
            "customer phone, telefon, telefonnummer, telephone, telefono, telefone, celular, "
            "手机号, 手机号码, 手机, 联系电话, 联系手机, 电话, 電話番号, customer name, buyer "
            "name, client name, full name, name of customer, kundenname, nom du client, nom "
            "client, nombre del cliente, nombre cliente, nome do cliente, 客户姓名, 顾客姓名, "
            "客户名称, 姓名, お客様名, 顧客名"
        ),
        beside=_PEOPLE_BESIDE,
        never=_NOT_PEOPLE,
        whole_only=(
            "customer, client, buyer, member, user, account, shopper, kunde, cliente, comprador, "
            "mail, mobile, 顾客, 客户, 用户, 买家, 会员, 顧客, 姓名"
        ),
    ),
    "ordered_at": ColumnWords(
        names=(
            "paid at, paid on, paid date, paid time, date paid, payment time, payment date, paid "
            "on date, order paid at, ordered at, ordered on, order date, orderdate, date of "
            "order, order time, order datetime, order timestamp, order purchase timestamp, order "
            "created at, order created, purchase date, purchase time, purchased at, purchase "
            "timestamp, transaction date, transaction time, sale date, sales date, date of sale, "
            "invoicedate, invoice date, placed at, placed on, created at, created on, created "
            "time, created date, creation date, date created, created, event time, datetime, "
            "date time, timestamp, date, bestelldatum, bestellzeit, bestellt am, datum der "
            "bestellung, bezahlt am, kaufdatum, rechnungsdatum, datum, date de commande, date "
            "commande, date de la commande, date d achat, date achat, date de paiement, fecha de "
            "pedido, fecha del pedido, fecha pedido, fecha de compra, fecha compra, fecha de "
            "pago, fecha, data do pedido, data pedido, data da venda, data da compra, data de "
            "compra, data do "
            "pagamento, data, 결제일, 결제일시, 주문일, 주문일시, 付款时间, 支付时间, 订单付款时间, 买家付款时间, 支付完成时间, "
            "成交时间, 下单时间, 订单时间, 订单创建时间, 创建时间, 购买时间, 下单日期, 购买日期, "
            "付款日期, 交易时间, 交易日期, 订单日期, 单据日期, 日期, 时间, 注文日時, 注文日, 受注日時, "
            "受注日, 購入日時, 購入日, 入金日, 支払日, 日付, 日時"
        ),
        beside=_DATE_BESIDE,
        never=_NOT_DATE,
        whole_only=(
            "date, datum, fecha, data, created, timestamp, 日期, 时间, 日付, 日時, event time"
        ),
    ),
    "amount": ColumnWords(
        names=(
            "line total, line amount, item total, brutto, bruttobetrag, gesamt brutto, gross, "
            "gross amount, "
            "montant ttc, ttc, bruto, total bruto, amount paid, total paid, paid, order total, "
            "ordertotal, order amount, order value, grand total, total price, total amount, "
            "total sales, net amount, net sales, amount, total, sales value, sales amount, "
            "sales, revenue, gmv, turnover, gross sales, payment amount, payment value, payment, "
            "dollar value, value, gesamtbetrag, gesamtsumme, gesamtpreis, rechnungsbetrag, "
            "bestellwert, bestellsumme, betrag, summe, umsatz, gesamt, montant, montant total, "
            "total ttc, total paye, prix total, importe, importe total, monto, monto total, "
            "total del pedido, total pagado, valor, valor total, valor pago, valor do pedido, "
            "total do pedido, receita, receita por produtos, receita total, faturamento, 实付金额, "
            "实付款, 已付金额, 实际付款, 价税合计, 折后金额, 实际支付金额, 결제금액, 총 결제금액, 최종 결제금액, 买家实付金额, 支付金额, 付款金额, "
            "实收金额, 应付金额, 应收金额, 订单金额, 订单总金额, 订单总额, 成交金额, 交易金额, 销售额, "
            "消费金额, 总金额, 总价, 金额, お支払い金額, 支払金額, 請求金額, 合計金額, 注文金額, "
            "売上金額, 売上, 合計, 金額, subtotal"
        ),
        beside=_MONEY_BESIDE,
        never=_NOT_MONEY,
        whole_only=(
            "paid, payment, sales, value, valor, summe, gesamt, subtotal, 売上, 合計, 金額, "
            "金额, 总价"
        ),
    ),
    "unit_price": ColumnWords(
        names=(
            "unit price, unitprice, item price, price per unit, price each, product price, "
            "price, einzelpreis, stuckpreis, preis, prix unitaire, prix, precio unitario, "
            "precio, preco unitario, preco, 판매가, 단가, 单价, 商品单价, 成交单价, 价格, 售价, 単価, 価格"
        ),
        beside=f"lineitem {_LINES} item product sku usd eur sale selling brutto netto ttc ht 商品",
        never=f"total original list compare cost discount tax ship refund min max {_NUMBER_WORDS}",
        whole_only="price, preis, prix, precio, preco, 价格, 価格",
    ),
    "quantity": ColumnWords(
        names=(
            "quantity, qty, units, number of items, item count, items, count, pieces, pcs, "
            "menge, anzahl, stuckzahl, quantite, cantidad, unidades, quantidade, 수량, 数量, 购买数量, "
            "商品数量, 件数, 個数, 点数"
        ),
        beside=f"lineitem {_LINES} item items product sku ordered purchased sold total 商品 购买 件",
        never=(
            "return returned refund refunded stock inventory available backorder 退款 退货 库存 "
            "在庫"
        ),
        whole_only="count, items, 件数",
    ),
    "sku": ColumnWords(
        names=(
            "sku, product id, product code, product sku, item id, item number, item sku, item "
            "code, variant sku, stockcode, stock code, article number, article, asin, "
            "artikelnummer, artikelnr, artikel nr, reference produit, ref produit, referencia, "
            "codigo de producto, codigo do produto, codigo produto, 商品编码, 商品编号, "
            "商家编码, 货号, 商品id, 商品番号, 商品コード, 品番"
        ),
        beside=f"lineitem {_LINES} item product seller shop variant",
        never=(
            "name title price total amount quantity qty discount subtotal unit original refund "
            "名称 标题"
        ),
    ),
    "product_name": ColumnWords(
        names=(
            "product name, product title, product, item name, item title, item, description, "
            "title, artikelname, artikelbezeichnung, bezeichnung, produktname, produkt, artikel, "
            "nom du produit, nom produit, produit, designation, nombre del producto, producto, "
            "nome do produto, produto, 상품명, 商品名称, 商品标题, 宝贝标题, 商品, 品名, 商品名"
        ),
        beside=f"lineitem {_LINES}",
        never=(
            "id sku price total amount quantity qty category type status count number weight "
            "数量 金额 编号"
        ),
        whole_only="product, item, title, description, 商品",
    ),
    "category": ColumnWords(
        names=(
            "category, product category, category name, department, product type, kategorie, "
            "warengruppe, categorie, categoria, 类目, 分类, 品类, 商品分类, カテゴリ, カテゴリー"
        ),
        beside="product item main name 商品",
        never="id code number",
    ),
    "discount": ColumnWords(
        names=(
            "discount, discount amount, total discount, discount total, discounts, coupon "
            "amount, coupon discount, cart discount, rabatt, rabattbetrag, remise, reduction, "
            "descuento, desconto, 优惠金额, 折扣金额, 优惠, 割引, 割引額, 値引, 値引額"
        ),
        beside="order item line lineitem product total amount cart value usd eur 订单 商品 总",
        never="code name type percent % rate id reason tax shipping 码 名称 类型 率",
        whole_only="优惠",
    ),
    "status": ColumnWords(
        names=(
            "order status, payment status, financial status, status, order state, payment state, "
            "state, state of order, bestellstatus, zahlungsstatus, auftragsstatus, statut, etat, "
            "statut de la commande, etat de la commande, estado del pedido, estado de pago, "
            "estado, regle, status do pedido, status do pagamento, situacao, 주문상태, 클레임상태, 订单状态, "
            "交易状态, "
            "支付状态, 付款状态, 状态, 售后状态, 退款状态, refund status, return status, 注文状況, 注文状態, 入金状態, 注文ステータス, ステータス, "
            "支払状況, 入金状況"
        ),
        beside="order payment current sales 订单",
        never=(
            "fulfillment fulfilment shipping shipment delivery item line tracking sub marketing "
            "customer reason lieferstatus versandstatus livraison envio entrega email member "
            "account 发货 物流 快递 会员 发票 配送 発送"
        ),
        whole_only="state, estado, etat, statut, regle",
    ),
    "cancelled_at": ColumnWords(
        names=(
            "cancelled at, canceled at, cancelled on, canceled on, cancelled date, canceled "
            "date, cancellation date, cancelled time, date cancelled, date canceled, storniert "
            "am, stornodatum, date d annulation, fecha de cancelacion, data de cancelamento, "
            "data do cancelamento, 取消时间, キャンセル日, キャンセル日時"
        ),
        beside=_DATE_BESIDE,
        never="reason by",
    ),
    "refund_amount": ColumnWords(
        names=(
            "refund amount, refunded amount, amount refunded, total refunded, total refund, "
            "refund total, refund, refunds, refunded, cancelamentos e reembolsos, reembolsos, "
            "remboursements, erstattung, erstattungsbetrag, erstatteter "
            "betrag, remboursement, montant rembourse, reembolso, importe reembolsado, monto "
            "reembolsado, valor reembolsado, valor do reembolso, 退款金额, 已退款, 已退金额, 退款额, 退款, 환불금액, "
            "返金額, 返金"
        ),
        beside="order total amount value customer usd eur 订单 买家 总 元",
        never=(
            "date time at status reason id type count qty quantity tax shipping 时间 日期 状态 "
            "原因 数量"
        ),
        whole_only="refunded, 退款, 已退款, 返金",
    ),
    "refunded_at": ColumnWords(
        names=(
            "refunded at, refunded on, refund date, refund time, date refunded, erstattet am, "
            "erstattungsdatum, date de remboursement, fecha de reembolso, data do reembolso, "
            "退款时间, 退款日期, 返金日, 返金日時, дата возврата, data zwrotu, data rimborso, "
            "retourdatum, fecha de devolucion"
        ),
        beside=_DATE_BESIDE,
    ),
    "channel": ColumnWords(
        names=(
            "channel, sales channel, source, platform, kanal, canal, origen, 渠道, 来源, "
            "订单来源, 平台, 販売チャネル"
        ),
        beside="order sales 订单",
        never="id fulfillment discount",
    ),
    "email": ColumnWords(
        names=(
            "email, e mail, email address, e mail address, mail, e mail adresse, email adresse, "
            "adresse e mail, adresse email, courriel, correo, correo electronico, 이메일, 邮箱, 电子邮箱, "
            "メール, メールアドレス"
        ),
        beside=(
            "customer buyer billing contact user client cliente kunde kunden du de del do 买家 "
            "注文者 購入者 お客様 주문자 구매자 고객 회원"
        ),
        never="marketing status consent accepts subscribed shipping recipient seller store shop",
        whole_only="mail",
    ),
    "phone": ColumnWords(
        names=(
            "phone, phone number, mobile, mobile number, customer phone, billing phone, telefon, "
            "telefonnummer, telephone, telefono, telefone, celular, 手机号, 手机号码, 手机, "
            "联系电话, 联系手机, 买家手机号, 電話番号"
        ),
        beside="customer buyer billing contact number 买家 주문자 구매자 고객 회원",
        never="shipping ship recipient seller store 收货 收件 卖家 店铺",
    ),
    "currency": ColumnWords(
        names="currency, currency code, wahrung, devise, moneda, moeda, 币种, 货币, 通貨",
        beside="order payment amounts amount total money price",
        never="rate",
    ),
    "note": ColumnWords(
        names="备注, 商家备注, 订单备注, 卖家备注, seller note",
        never="买家",
    ),
}
ORDER_WORDS: Mapping[str, ColumnWords] = {
    ours: replace(
        words,
        more=tuple(MORE_NAMES.get(ours, ())),
        never=f"{words.never} {MORE_NEVER.get(ours, '')}".strip(),
    )
    for ours, words in _COMMON_WORDS.items()
}
EVENT_WORDS: Mapping[str, ColumnWords] = {
    "customer_id": ORDER_WORDS["customer_id"],
    "kind": ColumnWords(
        names=(
            "event type, event name, event, kind, action, action type, behavior type, behaviour "
            "type, behavior, behaviour, type, 行为类型, 事件类型, 行为, 事件, 操作, イベント"
        ),
        never="time date id value",
        whole_only="event, type, action, kind, 行为, 事件",
    ),
    "occurred_at": ColumnWords(
        names=(
            "occurred at, event time, event timestamp, time, timestamp, datetime, date time, "
            "date, ts, 行为时间, 发生时间, 时间, 日期"
        ),
        beside="event utc gmt local",
        never=_NOT_DATE,
        whole_only="time, date, ts, 时间, 日期",
    ),
    "ref": ColumnWords(
        names="item id, product id, sku, ref, page, url, 商品id, 商品编号, 页面",
    ),
    "value": ColumnWords(
        names="duration, seconds, value, 停留时长, 时长",
    ),
}
