"""The exports of platforms, each as its smallest file: known without a question, and counted right."""

import pytest

from tests.data.ingest.strangers import import_stranger, sum_up
from winback.config.shop import load_shop
from winback.core import errors

TIKTOK = """Order ID,Order Status,Order Substatus,Cancelation/Return Type,SKU ID,Seller SKU,Product Name,Quantity,Sku Quantity of return,SKU Subtotal After Discount,Order Amount,Order Refund Amount,Created Time,Paid Time,Buyer Username
1\t,Completed,Delivered,,7,S1,Mug,1,0,20.00,30.00,0,01/13/2026 09:05:00 AM\t,01/13/2026 09:06:00 AM\t,ann
1\t,Completed,Delivered,,8,S2,Cup,1,0,10.00,30.00,0,01/13/2026 09:05:00 AM\t,01/13/2026 09:06:00 AM\t,ann
2\t,Shipped,In transit,,7,S1,Mug,1,0,20.00,25.00,5.00,01/14/2026 10:05:00 PM\t,01/14/2026 10:06:00 PM\t,ben
3\t,Canceled,Canceled,Cancel,7,S1,Mug,1,0,20.00,25.00,0,01/15/2026 09:05:00 AM\t,,ben
"""
MAGENTO = """ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),Grand Total (Purchased),Status,Customer Email,Total Refunded
1,Main,"Jan 3, 2026 9:05:00 AM",A,A,$30.00,$30.00,Complete,ann@example.com,$0.00
2,Main,"Jan 4, 2026 9:05:00 PM",B,B,$25.00,$25.00,Closed,ben@example.com,$25.00
3,Main,"Jan 5, 2026 9:05:00 AM",B,B,$25.00,$25.00,Pending Payment,ben@example.com,
"""
BIGCOMMERCE = """Order ID,Customer ID,Customer Name,Customer Email,Customer Phone,Order Date,Order Status,Subtotal (inc tax),Subtotal (ex tax),Shipping Cost (inc tax),Ship Method,Order Total (inc tax),Order Total (ex tax),Order Currency Code,Total Quantity,Refund Amount
1,7,Ann A,ann@example.com,,13/01/2026,Completed,30.00,25.00,0.00,Free,30.00,25.00,USD,2,0.00
2,0,Ann A,ann@example.com,,14/01/2026,Partially Refunded,25.00,20.00,0.00,Free,25.00,20.00,USD,1,5.00
3,0,Ben B,ben@example.com,,15/01/2026,Incomplete,25.00,20.00,0.00,Free,25.00,20.00,USD,1,0.00
"""
PRESTASHOP = """ID;Référence;Nouveau client;Livraison;Client;Total;Paiement;État;Date
1;XKBKNABJK;1;France;A. Dupont;30,00 €;Carte;Paiement accepté;13/01/2026 09:05:00
2;OHSATSERP;0;France;B. Martin;25,00 €;Carte;Remboursé;14/01/2026 09:05:00
3;UOYEVOLI;0;France;B. Martin;25,00 €;Virement;En attente de virement bancaire;15/01/2026 09:05:00
"""
SHOPWARE = """orderNumber;orderDateTime;orderCustomer.customerNumber;orderCustomer.email;amountTotal;stateMachineState.technicalName;transactions.0.stateMachineState.technicalName
10001;2026-01-03 09:05:00;7;ann@example.com;30.00;open;paid
10002;2026-01-04 09:05:00;8;ben@example.com;25.00;completed;refunded
10003;2026-01-05 09:05:00;8;ben@example.com;25.00;open;open
10004;2026-01-06 09:05:00;8;ben@example.com;25.00;cancelled;paid
"""
ETSY = """Sale Date,Order ID,Buyer User ID,Full Name,Number of Items,Payment Method,Date Shipped,Street 1,Currency,Order Value,Coupon Code,Discount Amount,Shipping,Sales Tax,Order Total,Card Processing Fees,Order Net,Adjusted Order Total,Adjusted Card Processing Fees,Adjusted Net Order Amount,Buyer
01/13/26,1,ann7,Ann A,2,Card,01/15/26,Road 1,USD,25.00,,0.00,5.00,0.00,30.00,1.00,29.00,,,,Ann A (ann7)
01/14/26,2,ben8,Ben B,1,Card,01/16/26,Road 2,USD,20.00,,0.00,5.00,0.00,25.00,1.00,24.00,20.00,1.00,19.00,Ben B (ben8)
"""
EBAY = """Sales Record Number,Order Number,Buyer Username,Buyer Email,Item Number,Item Title,Custom Label,Quantity,Sold For,Total Price,Sale Date,Paid On Date
51,24-1,ann7,ann@example.com,318,Mug,K1,1,$20.00,$22.00,Jan-03-26,Jan-03-26
52,24-1,ann7,ann@example.com,319,Cup,K2,1,$8.00,$8.00,Jan-03-26,Jan-03-26
53,24-2,ben8,ben@example.com,318,Mug,K1,1,$20.00,$25.00,Jan-04-26,Jan-05-26
"""
AMAZON = """amazon-order-id\tmerchant-order-id\tpurchase-date\tpayments-date\tbuyer-email\tsku\tproduct-name\tquantity-shipped\tcurrency\titem-price\titem-tax\tshipping-price\tfulfillment-channel\tsales-channel
111-1\t1\t2026-01-03T09:05:00+00:00\t2026-01-03T09:06:00+00:00\tx1@marketplace.amazon.com\tM1\tMug\t1\tUSD\t20.00\t5.00\t5.00\tAFN\tAmazon.com
111-2\t2\t2026-01-04T09:05:00+00:00\t2026-01-04T09:06:00+00:00\tx2@marketplace.amazon.com\tM1\tMug\t1\tUSD\t25.00\t0.00\t\tAFN\tAmazon.com
"""
SQUARE = """Date,Time,Time Zone,Gross Sales,Discounts,Net Sales,Gift Card Sales,Total Collected,Source,Card Entry Methods,Transaction ID,Payment ID,Event Type,Customer ID
01/13/26,09:05:00,Eastern Time (US & Canada),$30.00,-$1.00,$29.00,$0.00,$30.00,Register,Chip,t1,p1,Payment,C7
01/14/26,23:05:00,Eastern Time (US & Canada),$25.00,$0.00,$25.00,$0.00,$25.00,Register,Chip,t2,p2,Payment,C8
01/15/26,09:05:00,Eastern Time (US & Canada),-$5.00,$0.00,-$5.00,$0.00,-$5.00,Register,Chip,t2,p3,Refund,C8
"""
STRIPE = """id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,Fee,Statement Descriptor,Status,Customer ID,Customer Email,Refunded date (UTC)
ch_1,2026-01-03 09:05:00,30.00,0.00,usd,true,30.00,1.00,SHOP,Paid,cus_7,ann@example.com,
ch_2,2026-01-04 02:05:00,25.00,5.00,usd,true,25.00,1.00,SHOP,Paid,,ben@example.com,2026-01-09 02:05:00
ch_3,2026-01-05 09:05:00,25.00,0.00,usd,false,0.00,0.00,SHOP,Failed,,ben@example.com,
"""
TIENDANUBE = """Número de orden;Email;Fecha;Estado de la orden;Estado del pago;Estado del envío;Moneda;Total;Nombre del comprador;Nombre del producto;Precio del producto;Cantidad del producto;SKU
101;ann@example.com;13/01/2026 09:05:00;Cerrada;Recibido;Enviado;USD;30.00;Ann;Taza;20.00;1;M1
101;ann@example.com;;;;;;;;Vaso;10.00;1;M2
102;ben@example.com;14/01/2026 09:05:00;Abierta;Reembolsado;No enviado;USD;25.00;Ben;Taza;25.00;1;M1
103;ben@example.com;15/01/2026 09:05:00;Abierta;Pendiente;No enviado;USD;25.00;Ben;Taza;25.00;1;M1
104;ben@example.com;16/01/2026 09:05:00;Cancelada;Recibido;No enviado;USD;25.00;Ben;Taza;25.00;1;M1
"""
NUVEMSHOP = """Número do Pedido;E-mail;Data;Status do Pedido;Status do Pagamento;Status do Envio;Moeda;Total;Nome do comprador;Nome do Produto;Valor do Produto;Quantidade Comprada;SKU
101;ann@example.com;13/01/2026 09:05:00;Arquivado;Confirmado;Enviado;USD;30.00;Ann;Caneca;30.00;1;M1
102;ben@example.com;14/01/2026 09:05:00;Aberto;Confirmado;Enviado;USD;25.00;Ben;Caneca;25.00;1;M1
"""
LIGHTSPEED = """Order - Number;Order - Created at;Order - Status;Order - Payment status;Order - Price incl.;Customer - Internal ID;Customer - Email Address
ORD1;2026-01-03 09:05:00;completed_shipped;paid;30.00;7;ann@example.com
ORD2;2026-01-04 09:05:00;processing_awaiting_shipment;paid;25.00;8;ben@example.com
ORD3;2026-01-05 09:05:00;cancelled;not_paid;25.00;8;ben@example.com
"""
XIAOHONGSHU = """订单号,订单状态,售后状态,支付时间,商品名称,规格ID,SKU件数,商品总价(元),用户实付金额(元),用户ID
P1,已完成,无售后,2026-01-03 09:05:00,杯子,77,1,30.00,30.00,u1
P2,已完成,售后完成,2026-01-04 09:05:00,杯子,77,1,25.00,25.00,u2
P3,已取消,无售后,,杯子,77,1,25.00,0.00,u2
"""
KUAISHOU = """订单编号,订单创建时间,支付时间,订单状态,售后状态,实付款,成交数量,SKU编码,商品名称,买家快手ID
K1,2026-01-03 09:00:00,2026-01-03 09:05:00,已完成,,¥30.00,1,S1,杯子,u1
K2,2026-01-04 09:00:00,2026-01-04 09:05:00,已收货,退款成功,¥25.00,1,S1,杯子,u2
K3,2026-01-05 09:00:00,,交易关闭,,¥25.00,1,S1,杯子,u2
"""
PINDUODUO = """商品,订单号,订单状态,商品总价(元),店铺优惠折扣(元),平台优惠折扣(元),用户实付金额(元),商家实收金额(元),商品数量(件),支付时间,售后状态,收货人,手机
杯子,260103-1,已收货,30,0,0,30.00,30.00,1,2026-01-03 09:05:00,无售后或售后取消,张三,{one}
杯子,260103-2,已收货,25,0,0,25.00,25.00,1,2026-01-04 09:05:00,退款成功,李四,{two}
"""
WITH_PHONES = PINDUODUO.format(one="13800000001", two="13800000002")
COVERED = PINDUODUO.format(one="1380000****", two="1380000****")
AMAZON_ALL_ORDERS = """amazon-order-id\tmerchant-order-id\tpurchase-date\torder-status\tfulfillment-channel\tsales-channel\tsku\tquantity\tcurrency\titem-price\titem-tax\tshipping-price
111-1\t1\t2026-01-03T09:05:00+00:00\tShipped\tAmazon\tAmazon.com\tM1\t1\tUSD\t20.00\t5.00\t5.00
"""
AMAZON_SETTLEMENT = """settlement-id\ttransaction-type\torder-id\tamount-type\tamount-description\tamount\tposted-date\tsku
9\tOrder\t111-1\tItemPrice\tPrincipal\t20.00\t2026-01-03\tM1
"""
# name → (what is written, paid back in minor units)
EXPORTS = {
    "tiktok": (TIKTOK, 500),
    "magento": (MAGENTO, 2500),
    "bigcommerce": (BIGCOMMERCE, 500),
    "prestashop": (PRESTASHOP, 2500),
    "shopware": (SHOPWARE, 2500),
    "etsy": (ETSY, 500),
    "ebay": (EBAY, 0),
    "amazon": (AMAZON, 0),
    "square": (SQUARE, 500),
    "stripe": (STRIPE, 500),
    "tiendanube": (TIENDANUBE, 2500),
    "nuvemshop": (NUVEMSHOP, 0),
    "lightspeed": (LIGHTSPEED, 0),
    "xiaohongshu": (XIAOHONGSHU, 2500),
    "kuaishou": (KUAISHOU, 2500),
    "pinduoduo": (WITH_PHONES, 2500),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_a_platforms_export_is_known_and_counted_right(name, tmp_path):
    text, paid_back = EXPORTS[name]
    marks = {"€": "currency=EUR", "¥": "currency=CNY", "(元)": "currency=CNY"}
    currency = [answer for mark, answer in marks.items() if mark in text]
    store = import_stranger(tmp_path, text, *currency)
    shop = load_shop(tmp_path / "home" / "shops" / "shop.toml")
    assert shop.orders[0].profile == name.replace("nuvemshop", "tiendanube")
    customers = 1 if name == "bigcommerce" else 2  # her guest order names her address
    assert sum_up(store) == (2, customers, 5500, paid_back)
    assert not store.manifest.quarantined


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        (COVERED, errors.PinduoduoNamesNobody),
        (AMAZON_ALL_ORDERS, errors.AmazonNamesNobody),
        (AMAZON_SETTLEMENT, errors.AmazonNamesNobody),
    ],
)
def test_an_export_that_covers_its_buyers_is_refused_by_its_platforms_name(text, refusal, tmp_path):
    with pytest.raises(refusal):
        import_stranger(tmp_path, text)
