"""Each kind of export as it is documented: its header, its oddities, and what must come of them."""

import json
from datetime import datetime

import pytest

from tests.conftest import imported
from winback.core import errors
from winback.data.platforms.registry import PROFILES
from winback.i18n.translate import CATALOGUE

ORDERS = "select customer_id, order_id, amount_minor, occurred_at from orders order by all"


def rows(store, query):
    return store.connect().sql(query).fetchall()


@pytest.fixture
def bring_bytes(tmp_path):
    """Import files given as bytes with a profile; gives the store."""

    def run(profile, more="", home="home", zone="Asia/Shanghai", currency="CNY", **files):
        place = tmp_path / f"exports-{home}"
        place.mkdir(exist_ok=True)
        for name, content in files.items():
            (place / name.replace("__", ".")).write_bytes(content)
        listed = ", ".join(
            f'"{name.replace("__", ".")}"' for name in files if not name.startswith("items")
        )
        (place / "shop.toml").write_text(
            f'name = "shop"\ntimezone = "{zone}"\ncurrency = "{currency}"\n[orders]\nprofile = "{profile}"\npaths = [{listed}]\n{more}',
            encoding="utf-8",
        )
        return imported(place / "shop.toml", tmp_path / home)

    return run


SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Total,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Shipping Phone,Cancelled at,Refunded Amount,Phone,Id
#1001,Ann@example.com,paid,2026-01-05 10:00:00 -0500,fulfilled,USD,30.00,35.00,0.00,2026-01-05 09:58:00 -0500,1,Mug,10.00,mug,+1 212 555 0199,,0.00,,501
#1001,Ann@example.com,,,,,,,,,2,Cup,10.00,cup,,,,,
#1002,ann@example.com,partially_refunded,2026-01-09 10:00:00 -0500,fulfilled,USD,10.00,10.00,0.00,2026-01-09 10:00:00 -0500,1,Mug,10.00,mug,,,4.00,,502
#1003,bob@example.com,refunded,2026-02-01 10:00:00 -0500,,USD,10.00,10.00,0.00,2026-02-01 10:00:00 -0500,1,Mug,10.00,mug,,2026-02-02 10:00:00 -0500,10.00,,503
#1004,cat@example.com,paid,2026-02-03 10:00:00 -0500,,USD,10.00,10.00,0.00,2026-02-03 10:00:00 -0500,1,Mug,10.00,mug,,2026-02-04 10:00:00 -0500,0.00,,504
#1005,dan@example.com,pending,,,USD,10.00,10.00,0.00,2026-02-05 10:00:00 -0500,1,Mug,10.00,mug,,,0.00,,505
#D12,eve@example.com,,,,USD,10.00,10.00,0.00,2026-02-06 10:00:00 -0500,1,Mug,10.00,mug,,,,,
#1006,fay@example.com,paid,2026-02-07 10:00:00 -0500,,EUR,10.00,10.00,0.00,2026-02-07 10:00:00 -0500,1,Mug,10.00,mug,,,0.00,,506
"""


def test_shopify_reads_the_orders_fields_from_its_first_row_and_its_statuses(bring_bytes):
    """`Total` is on the first row only; drafts, unpaid and cancelled orders are none; a refund without a time is late."""
    store = bring_bytes(
        "shopify", zone="America/New_York", currency="USD", orders__csv=SHOPIFY.encode()
    )
    assert rows(store, "select order_id, amount_minor, units, lines from orders order by all") == [
        ("#1001", 3500, 3, 2), ("#1002", 1000, 1, 1), ("#1003", 1000, 1, 1),
    ]  # fmt: skip
    assert rows(store, "select order_id, amount_minor, occurred_at from refunds order by all") == [
        ("#1002", 400, datetime(2026, 2, 8, 15)), ("#1003", 1000, datetime(2026, 3, 3, 15)),
    ]  # fmt: skip
    assert store.manifest.left_out == {"cancelled": 1, "draft": 1, "pending": 1}
    assert store.manifest.quarantined == {"other_currency": 1}


def test_an_email_is_one_customer_however_it_is_written_and_is_not_kept(bring_bytes):
    store = bring_bytes(
        "shopify", zone="America/New_York", currency="USD", orders__csv=SHOPIFY.encode()
    )
    names = rows(
        store, "select distinct customer_id from orders where order_id in ('#1001', '#1002')"
    )
    assert len(names) == 1
    assert names[0][0].startswith("mail-")
    for path in store.folder.rglob("*.parquet"):
        assert b"example.com" not in path.read_bytes()
        assert b"555 0199" not in path.read_bytes()


TAOBAO = (
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家实际支付金额,订单状态,收货地址 ,联系手机,订单创建时间,订单付款时间 ,"
    "宝贝标题 ,宝贝总数量,订单备注,分阶段订单信息,特权订金订单id,退款金额\r\n"
    '="1930679858170647",小王,w@x.cn,120.00,100.00元,交易成功,杭州某路1号,\'13800001111,2026-03-01 09:59:00,2026-03-01 10:00:00,杯子,2,,,,0\r\n'
    '="1930679858170648",小李,l@x.cn,80.00,80.00,交易关闭,杭州某路2号,\'13800002222,2026-03-02 09:59:00,2026-03-02 10:00:00,杯子,1,,,,80.00\r\n'
    '="1930679858170649",小张,z@x.cn,80.00,0.00,交易关闭,杭州某路3号,\'13800003333,2026-03-03 09:59:00,,杯子,1,,,,0\r\n'
    '="1930679858170650",小赵,a@x.cn,50.00,50.00,买家已付款，等待卖家发货,杭州某路4号,\'13800004444,2026-03-04 09:59:00,2026-03-04 10:00:00,杯子,1,刷单勿发,,,0\r\n'
    '="1930679858170651",小王,w@x.cn,20.00,20.00,买家已付款，等待卖家发货,杭州某路1号,\'13800001111,2026-03-05 09:59:00,2026-03-05 10:00:00,锅定金,1,,阶段1:已付;阶段2:未付,,0\r\n'
    '="1930679858170652",小钱,q@x.cn,20.00,20.00,交易成功,杭州某路5号,\'13800005555,2026-03-06 09:59:00,2026-03-06 10:00:00,锅定金,1,,,,0\r\n'
    '="1930679858170653",小钱,q@x.cn,180.00,180.00,交易成功,杭州某路5号,\'13800005555,2026-03-16 09:59:00,2026-03-16 10:00:00,锅,1,,,1930679858170652,0\r\n'
)
TAOBAO_ITEMS = (
    "订单编号,标题,价格,购买数量,外部系统编号,商品属性,套餐信息,备注,订单状态,商家编码\r\n"
    '="1930679858170647",马克杯 白,60.00,1,ext-1,颜色:白,,,交易成功,MUG-W\r\n'
    '="1930679858170647",马克杯 黑,60.00,1,ext-2,颜色:黑,,,交易成功,MUG-B\r\n'
)


def test_taobao_joins_its_sheets_and_knows_a_refund_from_a_cancellation(bring_bytes):
    """GBK, blanks behind header cells, numbers as formulas; a closed order that was paid is a refund."""
    store = bring_bytes("taobao", more='[items]\nprofile = "taobao"\npaths = ["items.csv"]\n',
                        ExportOrderList__csv=TAOBAO.encode("gbk"), items__csv=TAOBAO_ITEMS.encode("gbk"))  # fmt: skip
    assert rows(store, "select order_id, customer_id, amount_minor, deposit, brushing from orders order by all") == [
        ("1930679858170647", "小王", 10000, False, False), ("1930679858170648", "小李", 8000, False, False),
        ("1930679858170650", "小赵", 5000, False, True), ("1930679858170651", "小王", 2000, True, False),
        ("1930679858170653", "小钱", 20000, False, False),
    ]  # fmt: skip
    assert rows(store, "select sku, quantity, amount_minor from order_lines where customer_id = '小王' and sku is not null"
                " order by all") == [("MUG-B", 1, 6000), ("MUG-W", 1, 6000)]  # fmt: skip
    assert rows(store, "select order_id, amount_minor from refunds") == [("1930679858170648", 8000)]
    assert store.manifest.counts["orders"] == 4  # the fake one is kept and counted, but is none
    assert (store.manifest.counts["brushing"], store.manifest.counts["deposits"]) == (1, 1)
    assert store.manifest.left_out == {"交易关闭": 1}


def test_a_deposit_and_its_rest_are_one_order_at_the_time_of_the_rest(bring_bytes):
    store = bring_bytes("taobao", ExportOrderList__csv=TAOBAO.encode("gb18030"))
    assert rows(
        store, "select amount_minor, occurred_at, lines from orders where customer_id = '小钱'"
    ) == [(20000, datetime(2026, 3, 16, 2), 2)]


def test_newer_names_of_the_same_sheet_are_known(bring_bytes):
    renamed = (
        TAOBAO.replace("买家实际支付金额", "买家实付金额")
        .replace("订单付款时间 ", "买家付款时间")
        .replace("订单创建时间", "买家下单时间")
    )
    newer = bring_bytes("taobao", ExportOrderList__csv=renamed.encode("gbk"))
    older = bring_bytes("taobao", ExportOrderList__csv=TAOBAO.encode("gbk"), home="older")
    assert rows(newer, ORDERS) == rows(older, ORDERS)


def test_the_teaching_sheet_without_a_buyer_is_refused_by_name(bring_bytes):
    """`tmall_order_report.csv` has no buyer: nothing can be said of anybody."""
    text = "订单编号,总金额,买家实际支付金额,收货地址 ,订单创建时间,订单付款时间 ,退款金额\n1,178.8,0,上海,2020/2/21 0:00,,0\n"
    with pytest.raises(errors.ColumnMissing) as refused:
        bring_bytes("taobao", report__csv=text.encode())
    assert "买家会员名" in refused.value.values["column"]


def test_jd_reads_deleted_orders_as_cancelled_and_one_total_an_order(bring_bytes):
    text = (
        "订单号,商品ID,商品名称,订购数量,支付方式,下单时间,京东价,订单金额,结算金额,应付金额,订单状态,下单帐号,联系电话\n"
        "800001,1001,锅,1,在线支付,2026-03-01 10:00:00,99.00,149.00,149.00,149.00,完成,jd_ann,138****1111\n"
        "800001,1002,铲,1,在线支付,2026-03-01 10:00:00,50.00,149.00,149.00,149.00,完成,jd_ann,138****1111\n"
        "800002,1001,锅,1,在线支付,2026-03-02 10:00:00,99.00,99.00,99.00,99.00,(删除)等待出库,jd_bob,138****2222\n"
        "800003,1001,锅,1,在线支付,2026-03-03 10:00:00,99.00,99.00,99.00,99.00,（锁定）等待确认收货,jd_cat,13800003333\n"
    )
    store = bring_bytes("jd", orders__csv=text.encode("gb18030"))
    assert rows(store, "select order_id, amount_minor, units from orders order by all") == [
        ("800001", 14900, 2),
        ("800003", 9900, 1),
    ]
    assert store.manifest.left_out == {"(删除)": 1}


def test_youzan_knows_customers_by_phone_and_keeps_a_pseudonym(bring_bytes):
    text = (
        "订单号,订单状态,订单创建时间,买家付款时间,交易成功时间,全部商品名称,商品种类数,订单商品总件数,商品金额合计,运费,店铺优惠合计,"
        "收货人省份,买家昵称,买家姓名,买家手机号,下单次数\n"
        "E1,交易完成,2026-03-01 10:00:00,2026-03-01 10:01:00,,茶,1,2,￥１２０.００,0,10,浙江,小王,王某,13800001111,1\n"
        'E2,交易完成,2026-03-08 10:00:00,2026-03-08 10:01:00,,茶,1,1,"1,060.00",0,0,浙江,小王,王某,+86 138-0000-1111,2\n'
        "E3,待付款,2026-03-09 10:00:00,,,茶,1,1,60.00,0,0,浙江,小李,李某,13800002222,1\n"
    )
    store = bring_bytes("youzan", orders__csv=text.encode())
    assert [(row[1], row[2]) for row in rows(store, ORDERS)] == [("E1", 12000), ("E2", 106000)]
    assert store.manifest.counts["customers"] == 1
    assert rows(store, "select customer_id from orders limit 1")[0][0].startswith("phone-")


def test_douyin_numbers_lose_their_tab_and_refunds_stand_in_another_column(bring_bytes):
    text = (
        "主订单编号,子订单编号,选购商品,商品数量,商品ID,商家编码,商品单价,订单应付金额,优惠总金额,收件人手机号,商家备注,订单提交时间,"
        "支付完成时间,流量来源,订单状态,售后状态,买家ID\n"
        "6900001\t,6900001\t,茶,1,3501,tea,60.00,50.00,10.00,1**********,,2026/3/1 9:59,2026/3/1 10:00,直播,已完成,-,u1\n"
        "6900002\t,6900002\t,茶,1,3501,tea,60.00,60.00,0,1**********,,2026/3/2 9:59,2026/3/2 10:00,直播,已关闭,已全额退款,u2\n"
        "6900003\t,6900003\t,茶,1,3501,tea,60.00,60.00,0,1**********,,2026/3/3 9:59,,商城,已关闭,-,u3\n"
    )
    store = bring_bytes("douyin", orders__csv=text.encode("utf-8-sig"))
    assert rows(store, "select order_id, customer_id, amount_minor, channel, recipient_key from orders order by all") == [
        ("6900001", "u1", 5000, "直播", None), ("6900002", "u2", 6000, "直播", None),
    ]  # fmt: skip
    assert rows(store, "select order_id, amount_minor from refunds") == [("6900002", 6000)]


def test_woocommerce_json_has_guests_utc_times_and_refunds(bring_bytes):
    order = {
        "id": 11, "number": "11", "status": "completed", "currency": "EUR", "date_created_gmt": "2026-03-01T09:59:00",
        "date_paid_gmt": "2026-03-01T10:00:00", "total": "35.50", "discount_total": "0.00", "customer_id": 7,
        "billing": {"email": "ann@example.com", "phone": ""}, "shipping": {"address_1": "Way 1"}, "created_via": "checkout",
        "line_items": [
            {"name": "Mug", "product_id": 5, "sku": "mug", "quantity": 2, "total": "30.00"},
            {"name": "Bag", "product_id": 6, "sku": "", "quantity": 1, "total": "5.50"},
        ],
        "refunds": [{"id": 3, "reason": "broken", "total": "-5.50"}],
    }  # fmt: skip
    guest = {
        **order,
        "id": 12,
        "customer_id": 0,
        "refunds": [],
        "total": "30.00",
        "line_items": order["line_items"][:1],
    }
    failed = {**order, "id": 13, "status": "failed", "date_paid_gmt": None, "refunds": []}
    store = bring_bytes(
        "woocommerce",
        zone="Europe/Berlin",
        currency="EUR",
        orders__json=json.dumps([order, guest, failed]).encode(),
    )
    assert rows(store, "select order_id, amount_minor, units, occurred_at from orders order by all") == [
        ("11", 3550, 3, datetime(2026, 3, 1, 10)), ("12", 3000, 2, datetime(2026, 3, 1, 10)),
    ]  # fmt: skip
    assert rows(store, "select customer_id from orders where order_id = '11'") == [("7",)]
    assert rows(store, "select sku from order_lines where order_id = '11' order by all") == [
        ("6",),
        ("mug",),
    ]
    assert rows(store, "select order_id, amount_minor from refunds") == [("11", 550)]
    # The guest's address stands beside customer 7.
    assert rows(store, "select customer_id from orders where order_id = '12'") == [("7",)]


def test_the_behaviour_log_without_years_keeps_its_exact_repeats(bring_bytes):
    """Repeated clicks of a day are repeated rows: they are counts."""
    text = "user_id,brand_id,type,visit_datetime\n1,9,0,6-4\n1,9,0,6-4\n1,9,1,6-4\n1,9,1,6-4\n2,8,2,7-15\n2,8,3,7-15\n"
    store = bring_bytes(
        "tmall_2013",
        more='[events]\nprofile = "tmall_2013"\npaths = ["log.csv"]\n',
        log__csv=text.encode(),
    )
    assert rows(
        store,
        "select customer_id, order_id, amount_minor, units, cast(local_day as varchar) from orders",
    ) == [("1", "1|2013-06-04", None, 2, "2013-06-04")]
    assert rows(store, "select customer_id, kind, count(*) from events group by all order by all") == [
        ("1", "view", 2), ("2", "cart", 1), ("2", "favourite", 1),
    ]  # fmt: skip


def test_wholesale_by_a_limit_and_what_the_shop_counts_all_the_same(bring_bytes):
    text = "订单编号,买家会员名,买家实际支付金额,订单状态,订单付款时间,宝贝总数量\n1,a,90,交易成功,2026-03-01,1\n2,b,900,交易成功,2026-03-02,50\n"
    plain = bring_bytes("taobao", more="wholesale_units = 50\n", orders__csv=text.encode())
    assert (plain.manifest.counts["wholesale"], plain.manifest.counts["orders"]) == (1, 1)
    counted = bring_bytes(
        "taobao",
        more='wholesale_units = 50\ncounts = ["wholesale"]\n',
        orders__csv=text.encode(),
        home="counted",
    )
    assert counted.manifest.counts["orders"] == 2


def test_an_order_that_a_later_file_calls_cancelled_is_taken_back(bring_bytes):
    """Last week's export said paid, this week's says closed: the later file wins."""
    head = "订单编号,买家会员名,买家实际支付金额,订单状态,订单付款时间\n"
    first = head + "1,a,90,买家已付款，等待卖家发货,2026-03-01\n2,b,80,交易成功,2026-03-01\n"
    later = head + "1,a,90,交易关闭,2026-03-01\n"
    store = bring_bytes("taobao", week1__csv=first.replace("，", "，").replace("买家已付款，等待卖家发货", '"买家已付款，等待卖家发货"').encode(),
                        week2__csv=later.encode())  # fmt: skip
    assert [row[1] for row in rows(store, ORDERS)] == ["2"]
    assert store.manifest.counts["taken_back"] == 1


def test_every_column_a_profile_reads_has_a_name_in_both_languages():
    """The table of an import says what each column was taken for."""
    columns = {
        (name, ours)
        for name, profile in PROFILES.items()
        for ours in (*profile.spellings, *profile.item_spellings)
    }
    assert len(columns) > 200
    assert [each for each in sorted(columns) if f"field.{each[1]}" not in CATALOGUE] == []
