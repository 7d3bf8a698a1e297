"""PrestaShop's order grid: one row an order. It names buyers, and has no id of them."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Reference", "Référence", "Bestell-Nr.", "Referencia", "Riferimento", "ID"),
    "customer_id": ("Customer", "Client", "Kunde", "Cliente"),
    "ordered_at": ("Date", "Datum", "Fecha", "Data"),
    "status": ("Status", "État", "Estado", "Stato"),
    "order_amount": ("Total", "Gesamt", "Totale"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("payment accepted", "paiement accepté", "zahlung eingegangen"), "paid"),
    **dict.fromkeys(("remote payment accepted", "paiement à distance accepté"), "paid"),
    **dict.fromkeys(("processing in progress", "en cours de préparation"), "paid"),
    **dict.fromkeys(("shipped", "expédié", "versendet", "delivered", "livré"), "paid"),
    **dict.fromkeys(("pago aceptado", "pagamento accettato", "enviado", "entregado"), "paid"),
    **dict.fromkeys(("refunded", "remboursé", "erstattet", "reembolsado"), "refunded"),
    **dict.fromkeys(("partial refund", "remboursement partiel"), "paid"),
    **dict.fromkeys(("canceled", "cancelled", "annulé", "storniert", "cancelado"), "cancelled"),
    **dict.fromkeys(("payment error", "erreur de paiement", "error en el pago"), "cancelled"),
    **dict.fromkeys(("awaiting check payment", "en attente de paiement par chèque"), "unpaid"),
    **dict.fromkeys(("awaiting bank wire payment", "en attente de virement bancaire"), "unpaid"),
    "awaiting cash on delivery validation": "paid",
    "en attente de paiement à la livraison": "paid",
    "on backorder (paid)": "paid",
    "on backorder (not paid)": "unpaid",
}

PRESTASHOP = Profile(
    "prestashop",
    build_sheet_reader(_ORDERS, ("order_id", "customer_id", "ordered_at", "order_amount")),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("New client", "Nouveau client", "Neuer Kunde", "Nuevo cliente", "Nuovo cliente"),
        ("Reference", "Référence", "Bestell-Nr.", "Referencia", "Riferimento"),
        ("Delivery", "Livraison", "Lieferung", "Entrega", "Consegna"),
        ("Payment", "Paiement", "Zahlung", "Pago", "Pagamento"),
    ),
)
