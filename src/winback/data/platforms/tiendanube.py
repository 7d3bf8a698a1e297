"""Tiendanube's and Nuvemshop's orders CSV, in Spanish and in Portuguese: one row a product, the
order's own fields on its first row only."""

from winback.config.sources import Status
from winback.data.ingest.raw_rows import Profile
from winback.data.platforms.sheets import build_sheet_reader

_ORDERS = {
    "order_id": ("Número de orden", "Número do Pedido", "Número de pedido"),
    "customer_id": ("Email", "E-mail"),
    "phone": ("Teléfono", "Telefone"),
    "ordered_at": ("Fecha de pago", "Data de pagamento", "Fecha", "Data"),
    "status": ("Estado de la orden", "Status do Pedido"),
    "status_2": ("Estado del pago", "Status do Pagamento"),
    "order_amount": ("Total",),
    "currency": ("Moneda", "Moeda"),
    "product_name": ("Nombre del producto", "Nome do Produto"),
    "quantity": ("Cantidad del producto", "Quantidade Comprada"),
    "unit_price": ("Precio del producto", "Valor do Produto"),
    "sku": ("SKU",),
    "channel": ("Canal", "Canal de venda"),
}
_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("abierta", "aberto", "cerrada", "arquivado", "archivada", "fechado"), "paid"),
    **dict.fromkeys(("recibido", "confirmado", "pago", "pagado", "parcialmente devuelto"), "paid"),
    **dict.fromkeys(("cancelada", "cancelado", "rechazado", "recusado", "anulado"), "cancelled"),
    **dict.fromkeys(("reembolsado", "devuelto", "estornado", "devolvido"), "refunded"),
    **dict.fromkeys(("pendiente", "pendente", "autorizado", "expirado", "abandonado"), "unpaid"),
}

TIENDANUBE = Profile(
    "tiendanube",
    build_sheet_reader(
        _ORDERS,
        ("order_id", "customer_id", "ordered_at", "order_amount"),
        of_order=(
            *("customer_id", "phone", "ordered_at", "status", "status_2", "order_amount"),
            *("currency", "channel"),
        ),
    ),
    statuses=_STATUSES,
    spellings=_ORDERS,
    marks=(
        ("Número de orden", "Número do Pedido"),
        ("Estado de la orden", "Status do Pedido"),
        ("Estado del pago", "Status do Pagamento"),
        ("Estado del envío", "Status do Envio"),
        ("Nombre del comprador", "Nome do comprador"),
    ),
)
