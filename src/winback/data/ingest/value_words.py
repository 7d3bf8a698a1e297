"""The words shops use for statuses and events, as data for `value_guesses`."""

from collections.abc import Mapping, Sequence

# Words that turn a status into its opposite, looked for before any other.
# A refund that is none.
NO_REFUND = (
    *("无售后", "无退款", "未退款", "售后取消", "售后关闭", "退款关闭", "退款取消", "返金なし"),
    *("no refund", "no refunds", "no return", "not refunded", "keine erstattung", "sin reembolso"),
    *("khong tra hang", "khong tra", "chua tra hang"),
)
STATUS_NOT = (
    *("not", "non", "un", "nicht", "no", "nao", "pas", "sin", "sem", "kein", "keine"),
    *("не", "khong", "chua"),
)
PARTLY = {
    *("partially", "partial", "partly", "teilweise", "teil", "partiel", "partielle"),
    *("partiellement", "parcial", "parcialmente", "czesciowo", "gedeeltelijk", "sebagian"),
}
PARTLY_HELD = ("部分", "一部", "một phần", "mot phan")
# What a status means, by the words it holds; the first group that fits wins.
STATUS_WORDS: Mapping[str, Sequence[str]] = {
    "refunded": (
        "refund", "refunded", "returned", "return", "chargeback", "charged back",
        "erstattet", "ruckerstattet", "zuruckerstattet", "retourniert",
        "rembourse", "remboursee", "remboursement", "reembolsado", "reembolsada", "reembolso",
        "devuelto", "devuelta", "devolvido", "devolvida", "estornado", "estornada",
        "退款", "已退货", "退货", "售后完成", "返金", "返金済", "返品",
        "반품", "반품완료", "환불", "환불완료", "devolucion", "devoluciones",
        "zwrocone", "zwrocono", "zwrocony", "zwrot", "retour", "geretourneerd", "terugbetaald",
        "dikembalikan", "pengembalian", "hoan tien", "hoan tra", "tra hang",
        "возврат", "возвращен", "возвращено", "iade", "iade edildi", "rimborsato", "rimborsata",
        "rimborso", "reso", "restituito", "vraceno", "vracena", "refundovano", "dobropis",
        "مسترجع", "مسترجعة", "مسترد", "مستردة", "مرتجع", "تم الاسترجاع",
    ),
    "cancelled": (
        "cancel", "cancelled", "canceled", "cancellation", "void", "voided", "failed",
        "failure", "declined", "denied", "expired", "rejected", "deleted", "trash", "abandoned",
        "error",
        "storniert", "storno", "abgebrochen", "abgelehnt", "fehlgeschlagen",
        "annule", "annulee", "refuse", "refusee", "echoue", "abandonne",
        "cancelado", "cancelada", "anulado", "anulada", "rechazado", "fallido", "abandonado",
        "recusado", "recusada", "expirado",
        "makulerad", "makulerat",
        "取消", "关闭", "失败", "作废", "作废单", "删除", "キャンセル", "失敗", "취소", "취소완료",
        "cancelaste", "不成立", "anulowane", "anulowany", "anulowana", "anulowano",
        "geannuleerd", "afgebroken", "mislukt", "dibatalkan", "batal", "gagal", "da huy", "huy",
        "отменен", "отменено", "отмена", "аннулирован", "iptal", "iptal edildi",
        "annullato", "annullata", "rifiutato", "fallito", "scaduto",
        "zruseno", "zrusena", "stornovano", "stornovana",
        "ملغي", "ملغى", "ملغية", "ملغاة", "محذوف", "محذوفة", "تم الإلغاء",
    ),
    "unpaid": (
        "unpaid", "not paid", "pending", "on hold", "awaiting", "incomplete", "draft", "open",
        "waiting", "payment due", "authorized", "checkout", "unfulfilled payment", "partially paid",
        "overdue", "obetald", "obetalt",
        "offen", "ausstehend", "unbezahlt", "uberfallig", "in bearbeitung", "entwurf",
        "en attente", "en retard", "impaye", "non paye", "brouillon",
        "pendiente", "vencido", "vencida", "sin pagar", "no pagado", "borrador",
        "pendente", "aguardando", "aguardando pagamento", "nao pago", "rascunho",
        "待付款", "未付款", "等待买家付款", "待支付", "未支付",
        "미입금", "입금대기", "결제대기", "未入金", "入金待ち", "支払待ち", "保留",
        "nieoplacone", "nieoplacony", "niezaplacone", "oczekuje na platnosc", "onbetaald",
        "niet betaald", "openstaand", "wacht op betaling", "menunggu pembayaran", "belum dibayar",
        "belum bayar", "chua thanh toan", "cho thanh toan", "ожидает оплаты", "ожидается оплата",
        "odeme bekleniyor", "odenmedi", "bekliyor", "in attesa", "da pagare", "bozza",
        "nezaplaceno", "nezaplacena", "neuhrazeno", "ceka na platbu",
        "بانتظار الدفع", "غير مدفوع", "غير مدفوعة", "معلق",
    ),
    "paid": (
        "paid", "payment received", "payment accepted", "complete", "completed", "done", "success",
        "successful", "succeeded", "shipped", "delivered", "deliver", "fulfilled", "processing",
        "processed", "closed won", "ok", "settled", "captured", "dispatched",
        "slutbetald", "slutbetalt", "betald", "betalt",
        "bezahlt", "gezahlt", "versendet", "versandt", "geliefert", "abgeschlossen", "erledigt",
        "fertig", "zugestellt", "verschickt",
        "оплачен", "оплачено", "выполнен", "выполнено", "завершен", "доставлен", "доставлено",
        "отгружен", "отправлен", "получен", "odendi", "tamamlandi", "teslim edildi",
        "kargoya verildi", "kargolandi", "pagato", "pagata", "completato", "completata",
        "spedito", "spedita", "consegnato", "consegnata", "evaso", "zaplaceno", "uhrazeno",
        "vyrizeno", "vyrizena", "odeslano", "odeslana", "doruceno", "dorucena", "zaplacena",
        "uhrazena",
        "paye", "payee", "expedie", "expediee", "livre", "livree", "termine", "terminee",
        "validee", "valide", "finalisee",
        "pagado", "pagada", "enviado", "enviada", "entregado", "entregada", "completado",
        "completada", "terminado", "finalizado", "aprobado", "cobrado",
        "faturado", "faturada",
        "pago", "paga", "entregue", "concluido", "concluida", "aprovado", "aprovada", "finalizado",
        "成功", "完成", "已付款", "已支付", "已发货", "待发货", "待收货", "已收货", "已签收",
        "已出库",
        "결제완료", "배송완료", "배송중", "구매확정", "상품준비중", "발송완료",
        "oplacone", "oplacony", "zaplacone", "wyslane", "wyslany", "odebrane", "dostarczone",
        "zrealizowane", "zakonczone", "betaald", "verzonden", "afgerond", "voltooid", "geleverd",
        "selesai", "dikirim", "terkirim", "lunas", "sudah dibayar", "da thanh toan", "hoan thanh",
        "da giao", "en camino", "待出货", "运送中", "已到货", "已送达", "已取货",
        "مدفوع", "مدفوعة", "مكتمل", "مكتملة", "تم التوصيل", "تم الشحن", "جاري التوصيل",
        "تم التنفيذ",
        "入金済", "支払済", "支払い済", "発送済", "出荷済", "完了", "配達済", "決済済",
    ),
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
# Columns whose words are kinds of documents, whatever codes they are.
DOCUMENT_TYPES = (
    *(
        "bilagstype",
        "dokumenttype",
        "doc type",
        "document type",
        "voucher type",
        "belegart",
        "dokumentart",
        "belegtyp",
    ),
    *("type de document", "type de piece", "tipo documento", "tipo de documento"),
    *("typ dokumentu", "rodzaj dokumentu", "soort document", "тип документа", "belge turu"),
    *("单据类型", "单据种类", "伝票種別", "伝票区分", "전표유형"),
)
TYPE_FILLERS = {
    *("sales", "customer", "tax", "vat", "ar", "retail", "online", "standard", "final", "pos"),
    *("vente", "ventas", "venta", "vendita", "verkoop", "kunden", "debitoren"),
}
# What kind of row it is, where one sheet holds sales, refunds and more; compared whole.
ROW_TYPE_WORDS: Mapping[str, Sequence[str]] = {
    "sale": (
        "sale", "sales", "order", "purchase", "purchased", "payment", "charge", "sold", "invoice",
        "buy", "transaction", "debit", "express checkout payment", "website payment",
        "sales receipt",
        "verkauf", "bestellung", "auftrag", "kauf", "rechnung", "zahlung", "vente", "commande",
        "achat",
        "facture", "paiement", "venta", "compra", "pedido", "pago", "venda", "pagamento", "fatura",
        "销售", "销售单", "订单", "购买", "支付", "收款", "売上", "販売", "注文", "購入", "支払い",
        "fattura", "ricevuta", "ricevuta fiscale", "scontrino", "ordine", "vendita", "factuur",
        "verkoop", "sprzedaz", "faktura", "paragon", "prodej", "satis", "продажа", "заказ",
    ),
    "refund": (
        "refund", "refunds", "return", "returns", "payment refund", "partial refund", "credit note",
        "credit memo", "reversal", "chargeback", "dispute", "erstattung", "ruckerstattung",
        "gutschrift", "retoure", "remboursement", "retour", "avoir", "reembolso", "devolucion",
        "nota de credito", "devolucao", "estorno", "退款", "退货", "退货单", "销售退货单",
        "销售退货", "销售退款", "返金", "返品",
        "nota di credito", "nota credito", "reso", "rimborso", "creditnota", "creditfactuur",
        "kreditnota", "kreditfaktura", "korekta", "zwrot", "dobropis", "iade", "возврат",
    ),
    "ignore": (
        "fee", "fees", "payout", "payouts", "transfer", "deposit", "withdrawal", "adjustment",
        "service fee", "tax", "vat", "marketing", "shipping label", "label", "hold", "reserve",
        "gebuhr", "auszahlung", "frais", "virement", "comision", "taxa", "repasse",
        "手续费", "提现", "转账", "手数料", "振込", "quote", "quotation", "estimate", "proforma",
        "preventivo", "offerta", "angebot", "devis", "presupuesto", "orcamento", "offerte",
        "betaling", "innbetaling",
        "oferta", "nabidka", "teklif", "lieferauftrag", "lieferschein", "delivery note",
    ),
}  # fmt: skip
# Where a sheet has both, a payment settles an invoice and is no sale of its own.
INVOICE_WORDS = frozenset(
    {
        "invoice",
        "rechnung",
        "facture",
        "fatura",
        "fattura",
        "factuur",
        "faktura",
        "销售单",
    }
)
PAYMENT_WORDS = frozenset(
    {
        "payment",
        "zahlung",
        "paiement",
        "pago",
        "pagamento",
        "收款",
        "支付",
        "支払い",
    }
)
# How a cell says yes or no to its column's name: Refunded, Paid, Cancelled.
YES_WORDS = {
    *("1", "true", "yes", "y", "t", "x", "ja", "j", "oui", "si", "sí", "sim", "是", "有", "√", "✓"),
    *("はい", "済", "tak", "ya", "예"),
}
NO_WORDS = {
    *(
        "0",
        "false",
        "no",
        "n",
        "f",
        "nein",
        "non",
        "não",
        "nao",
        "否",
        "无",
        "×",
        "いいえ",
        "nee",
        "nie",
        "tidak",
        "아니오",
        "未",
        "-",
    ),
}
# Words of such a name that only ask or affirm.
FLAG_FILLERS = {
    *("is", "was", "has", "been", "order", "payment", "fully", "flag", "the", "ist", "wurde"),
    *(
        "bestellung",
        "est",
        "commande",
        "es",
        "pedido",
        "e",
        "foi",
        "是否",
        "是否已",
        "已",
        "订单",
        "み",
    ),
}
# Of a column that says yes or no, words that make a yes a payment.
PAID_FLAGS = {
    *(
        "paid",
        "bezahlt",
        "gezahlt",
        "beglichen",
        "paye",
        "payee",
        "regle",
        "reglee",
        "pagado",
        "pagada",
        "pago",
        "paga",
        "betaald",
        "oplacone",
        "zaplacone",
        "lunas",
    ),
    *("已付款", "已支付", "是否付款", "是否支付", "入金済", "支払済"),
}
LIVE_FLAGS = {"livemode", "live mode"}  # no: it was only tried out
TEST_FLAGS = {"test", "testbestellung", "prueba", "teste", "测试", "テスト"}
# How a payment method says that money comes with the parcel: an order unpaid for now may be a sale.
ON_DELIVERY = (
    r"(?i)\bcod\b|(?:cash|pay|payment|collect) on delivery|nachnahme|contre.?remboursement|"
    r"contra ?re+mbolso|pago contra entrega|货到付款|代引|代金引換"
)
