"""UCI Online Retail, both years: two spellings of the header, `C` invoices are cancellations
that name no original."""

from collections.abc import Iterator
from dataclasses import replace

from winback.data.ingest.parsing import parse_text
from winback.data.ingest.raw_rows import Files, Profile, RawRows, read_mapped
from winback.readers.files import ReadOptions

_SPELLINGS = {
    "order_id": ("InvoiceNo", "Invoice"),
    "sku": ("StockCode",),
    "product_name": ("Description",),
    "quantity": ("Quantity",),
    "ordered_at": ("InvoiceDate",),
    "unit_price": ("UnitPrice", "Price"),
    "customer_id": ("CustomerID", "Customer ID"),
}


def _read_orders(files: Files, how: ReadOptions) -> Iterator[RawRows]:
    for file in files:
        for raw in read_mapped(file, how, _SPELLINGS, tuple(_SPELLINGS)):
            frame = raw.frame.copy()
            frame["order_id"] = parse_text(frame["order_id"])
            frame["loose_refund"] = frame["order_id"].str.startswith("C", na=False)
            yield replace(raw, frame=frame)


ONLINE_RETAIL = Profile(
    "online_retail",
    _read_orders,
    spellings=_SPELLINGS,
    marks=("StockCode", "InvoiceDate", "InvoiceNo"),
    timezone="Europe/London",
    currency="GBP",
)
