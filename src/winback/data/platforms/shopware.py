"""Shopware's order export, versions 5 and 6: two statuses, the order's and the payment's."""

import pandas as pd

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("orderNumber", "order_number", "Bestellnummer", "ordernumber", "number"),
    "customer_id": (
        *("orderCustomer.customerNumber", "customerNumber", "Kundennummer", "customer_number"),
        *("customernumber", "orderCustomer.email", "email"),
    ),
    "email": ("orderCustomer.email", "email", "E-Mail"),
    "ordered_at": ("orderDateTime", "orderDate", "orderTime", "Bestelldatum", "ordertime"),
    "status": (
        *("stateMachineState.technicalName", "orderStatus", "Bestellstatus", "status"),
        "orderStatusDescription",
    ),
    "status_2": (
        *("transactions.0.stateMachineState.technicalName", "paymentStatus", "Zahlungsstatus"),
        *("cleared", "paymentStatusDescription"),
    ),
    "order_amount": ("amountTotal", "amount_total", "invoiceAmount", "Gesamtbetrag"),
    "currency": ("currency.isoCode", "currency"),
}
# `open` of an order is a new one, whatever was paid; of a payment it is one that is missing.
_NEW = "new order"
_STATUSES: dict[str, Status] = {
    **dict.fromkeys((_NEW, "in_progress", "in progress", "in bearbeitung"), "paid"),
    **dict.fromkeys(("completed", "abgeschlossen", "done", "fertig", "versandfertig"), "paid"),
    **dict.fromkeys(("paid", "bezahlt", "komplett bezahlt", "completely paid"), "paid"),
    **dict.fromkeys(("cancelled", "canceled", "storniert", "abgebrochen", "failed"), "cancelled"),
    **dict.fromkeys(("refunded", "erstattet", "wiedergutgeschrieben"), "refunded"),
    **dict.fromkeys(("unconfirmed", "reminded", "authorized", "erinnert", "mahnung"), "unpaid"),
    **dict.fromkeys(("open", "offen", "payment open", "unpaid", "nicht bezahlt"), "unpaid"),
}


def _name_new_orders(frame: pd.DataFrame) -> pd.DataFrame:
    if not {"status", "status_2"} <= set(frame):
        return frame
    is_new = frame["status"].str.strip().str.casefold().isin(("open", "offen"))
    return frame.assign(status=frame["status"].mask(is_new, _NEW))


SHOPWARE = Profile(
    "shopware",
    build_sheet_reader(
        _ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount"), _name_new_orders
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("orderCustomer.customerNumber", "orderCustomer.email", "customerNumber", "Kundennummer"),
        ("stateMachineState.technicalName", "orderStatusDescription", "Bestellstatus"),
        (
            "transactions.0.stateMachineState.technicalName",
            "paymentStatusDescription",
            "Zahlungsstatus",
        ),
        ("orderDateTime", "orderDate", "orderTime", "Bestelldatum"),
        ("amountTotal", "invoiceAmount", "Gesamtbetrag"),
    ),
)
