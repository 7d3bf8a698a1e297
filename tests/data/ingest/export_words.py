"""The words of random exports: names of columns drawn from the product's vocabulary by language,
words for statuses, and columns that mean nothing to an import."""

import random
import re
from collections.abc import Container, Sequence

from winback.data.ingest.column_names import ORDER_WORDS

# The vocabulary is one list of all languages: what a phrase must hold to be of one of them.
LANGUAGES = {
    "ja": (
        r"[ぁ-ヿ]|番号|注文|受注|顧|員|購|払|価|個数|点数|品番|商品名$|割引|値引|返金|額|売|通貨|日付|"
        r"日時|伝票|入金|合計|電話|数量|件数"
    ),
    "zh": r"[编号单户间实应销费态类优渠备币邮机联货买卖总订]|数量|件数|日期|金额|商品$|退款|分类|手机|姓名|来源",
    "de": (
        r"bestell|auftrag|rechnung|beleg|kunde|datum|kauf|bezahlt|gesamt|betrag|summe|umsatz|preis|"
        r"menge|anzahl|stuck|artikel|bezeichnung|produkt|kategorie|warengruppe|rabatt|zahlungs|"
        r"storn|erstatt|kanal|telefon(nummer)?$|wahrung|mail adresse"
    ),
    "fr": (
        r"commande|\bclient$|^(nom|code) |achat|paiement|montant|ttc|paye\b|prix|quantite|produit|"
        r"designation|categorie$|remise|statut|etat|annulation|rembours|courriel|adresse e|"
        r"telephone|devise"
    ),
    "es": (
        r"pedido|orden$|folio|cliente|comprador|fecha|compra$|pago$|pagado|importe|monto|precio|"
        r"cantidad|unidades|producto|referencia|categoria|descuento|estado|reembols|cancelacion|"
        r"correo|telefono|celular|moneda|origen|canal$"
    ),
    "pt": (
        r"pedido|cliente|comprador|\bdata\b|\bvalor|preco|quantidade|produto|categoria|desconto|"
        r"situacao|status do|reembolso|cancelamento|telefone|celular|moeda|canal$"
    ),
}
_SPANISH_ONLY = r"\bdel\b|fecha|nombre|numero de pedido|numero pedido|codigo de cliente|numero de cliente|estado"
_PORTUGUESE_ONLY = r"\bdo\b|\bdata\b|\bvalor"
ACCENTS = {
    "fr": {"numero": "numéro", "reference": "référence", "etat": "état", "paye": "payé",
           "quantite": "quantité", "designation": "désignation", "telephone": "téléphone",
           "rembourse": "remboursé", "categorie": "catégorie"},
    "es": {"numero": "número", "codigo": "código", "telefono": "teléfono", "categoria": "categoría",
           "electronico": "electrónico", "cancelacion": "cancelación"},
    "pt": {"numero": "número", "codigo": "código", "preco": "preço", "situacao": "situação"},
    "de": {"stuckpreis": "stückpreis", "stuckzahl": "stückzahl", "wahrung": "währung"},
}  # fmt: skip
# What a shop calls the amount of one line; the vocabulary does not tell it from an order's.
LINE_AMOUNTS = {
    "en": ("line total", "line amount", "item total", "amount"),
    "de": ("betrag", "summe"),
    "fr": ("montant", "prix total"),
    "es": ("importe", "monto"),
    "pt": ("valor", "valor total"),
    "zh": ("金额", "总价"),
    "ja": ("金額", "売上金額"),
}
BY_MAIL, BY_PHONE = r"mail|correo|courriel|邮箱|メール", r"phone|mobile|tele|celular|手机|电话|電話"
BY_NAME = r"\b(name|nom|nombre|nome)\b|kundenname|姓名|名称|様名|顧客名"
_STEADY = r"^(buyer username|买家昵称|买家会员名)$"  # a name, but one to a buyer
_NAMED_BY_VALUES = ("state", "estado", "id", "name", "reference")  # what else they hold decides
_BESIDE = {
    "order_id": ("shop {}", "store {}", "web {}"),
    "customer_id": ("shop {}", "store {}", "unique {}"),
    "ordered_at": ("{} local", "order {}"),
    "amount": ("{} gross", "order {}", "{} incl tax", "{} (brutto)"),
}
TYPE_COLUMN = {
    "en": ("type", "transaction type"),
    "de": ("typ", "transaktionstyp"),
    "fr": ("type", "type de transaction"),
    "es": ("tipo", "tipo de transacción"),
    "pt": ("tipo", "tipo de transação"),
    "zh": ("类型", "交易类型"),
    "ja": ("取引種別", "種別"),
}
TYPES = {
    "en": ("sale", "refund"),
    "de": ("Verkauf", "Erstattung"),
    "fr": ("vente", "remboursement"),
    "es": ("venta", "reembolso"),
    "pt": ("venda", "reembolso"),
    "zh": ("销售", "退款"),
    "ja": ("売上", "返金"),
}
# What the products of an order cost, before shipping and discount.
SUBTOTALS = {
    "en": ("subtotal", "order subtotal", "items subtotal", "total before discount"),
    "de": ("zwischensumme", "warenwert"),
    "fr": ("sous-total", "sous total"),
    "es": ("subtotal",),
    "pt": ("subtotal",),
    "zh": ("商品总价", "商品小计"),
    "ja": ("小計", "商品小計"),
}
# Whether an order was wholly paid back, and what stands there for yes and for no.
FLAGS = {
    "en": ("is refunded", "refunded"),
    "de": ("erstattet",),
    "fr": ("remboursé",),
    "es": ("reembolsado",),
    "pt": ("reembolsado",),
    "zh": ("是否退款",),
    "ja": ("返金済",),
}
YES_NO = {
    "en": (("1", "0"), ("yes", "no"), ("TRUE", "FALSE")),
    "de": (("ja", "nein"), ("1", "0")),
    "fr": (("oui", "non"), ("1", "0")),
    "es": (("sí", "no"), ("1", "0")),
    "pt": (("sim", "não"), ("1", "0")),
    "zh": (("是", "否"),),
    "ja": (("1", "0"),),
}
STATUSES = {
    "en": {
        "paid": ("paid", "Completed", "complete", "shipped", "Delivered", "processing"),
        "unpaid": ("pending", "Unpaid", "not paid", "Incomplete", "awaiting payment", "on-hold"),
        "cancelled": ("cancelled", "Canceled", "voided", "Abandoned", "failed"),
        "refunded": ("refunded", "Returned"),
        "in part": ("partially refunded", "Partially_Refunded"),
    },
    "de": {
        "paid": ("bezahlt", "Versendet", "Abgeschlossen", "geliefert"),
        "unpaid": ("offen", "Nicht bezahlt", "ausstehend"),
        "cancelled": ("storniert", "Abgebrochen"),
        "refunded": ("Erstattet", "rückerstattet"),
        "in part": ("teilweise erstattet",),
    },
    "fr": {
        "paid": ("payé", "Expédiée", "livrée", "Terminée"),
        "unpaid": ("en attente", "Non payé", "impayé"),
        "cancelled": ("annulée", "Annulé"),
        "refunded": ("Remboursé", "remboursée"),
        "in part": ("partiellement remboursé",),
    },
    "es": {
        "paid": ("pagado", "Enviado", "entregado", "Completado"),
        "unpaid": ("pendiente", "No pagado", "Pendiente de pago"),
        "cancelled": ("Cancelado", "anulado"),
        "refunded": ("reembolsado", "Devuelto"),
        "in part": ("reembolsado parcialmente",),
    },
    "pt": {
        "paid": ("pago", "Enviado", "entregue", "Concluído"),
        "unpaid": ("pendente", "Não pago", "Aguardando pagamento"),
        "cancelled": ("Cancelado", "cancelada"),
        "refunded": ("reembolsado", "Estornado"),
        "in part": ("parcialmente reembolsado",),
    },
    "zh": {
        "paid": ("交易成功", "已付款", "已发货", "已完成"),
        "unpaid": ("等待买家付款", "待付款", "未付款"),
        "cancelled": ("交易关闭", "已取消"),
        "refunded": ("已退款", "退款成功"),
        "in part": ("部分退款",),
    },
    "ja": {
        "paid": ("入金済み", "発送済み", "完了", "支払い済み"),
        "unpaid": ("未入金", "入金待ち"),
        "cancelled": ("キャンセル", "キャンセル済み"),
        "refunded": ("返金済み", "返品"),
        "in part": ("一部返金",),
    },
}
# Columns that mean nothing to an import, and what they hold (see random_exports.draw_decoy).
DECOYS = {
    "en": {
        "shipping": "fee", "shipping cost": "fee", "tax amount": "fee", "tax": "fee",
        "order tax number": "digits", "vat number": "digits", "tracking number": "digits",
        "discount amount": "fee", "coupon code": "code", "shipped at": "later",
        "updated at": "later", "date shipped": "later", "delivery date": "later",
        "order notes": "note", "shipping city": "city", "billing country": "country",
        "payment method": "method", "fulfillment status": "fulfilment", "refund reason": "empty",
        "gift": "zero", "customer group": "group",
        "customer note": "note", "points earned": "points", "amount due": "zero",
        "customer total orders": "count", "exchange rate": "rate", "last login": "later",
        "customer since": "early", "date of birth": "birth", "staff id": "staff",
        "weight": "points", "tip": "zero", "time of day": "clock",
    },
    "de": {
        "versandkosten": "fee", "mwst": "fee", "steuernummer": "digits", "rabattcode": "code",
        "versanddatum": "later", "lieferdatum": "later", "geändert am": "later",
        "bemerkung": "note", "ort": "city", "land": "country", "zahlungsart": "method",
        "lieferstatus": "fulfilment", "sendungsnummer": "digits", "kundengruppe": "group",
        "geburtsdatum": "birth", "gewicht": "points", "erstattungsgrund": "empty",
        "ust-idnr": "digits", "verkäufer": "staff",
    },
    "fr": {
        "frais de port": "fee", "tva": "fee", "numéro de tva": "digits", "code promo": "code",
        "date d'expédition": "later", "date de livraison": "later", "remarques": "note",
        "ville": "city", "pays": "country", "mode de paiement": "method",
        "numéro de suivi": "digits", "groupe client": "group", "date de naissance": "birth",
        "poids": "points", "statut de livraison": "fulfilment", "vendeur": "staff",
    },
    "es": {
        "gastos de envío": "fee", "iva": "fee", "cupón": "code", "fecha de envío": "later",
        "fecha de entrega": "later", "notas": "note", "ciudad": "city", "país": "country",
        "método de pago": "method", "número de seguimiento": "digits", "nif": "digits",
        "fecha de nacimiento": "birth", "peso": "points", "estado de envío": "fulfilment",
        "vendedor": "staff",
    },
    "pt": {
        "frete": "fee", "valor do frete": "fee", "imposto": "fee", "cupom": "code",
        "data de envio": "later", "data de entrega": "later", "observações": "note",
        "cidade": "city", "país": "country", "forma de pagamento": "method",
        "código de rastreio": "digits", "cpf": "digits", "data de nascimento": "birth",
        "peso": "points", "status do envio": "fulfilment", "vendedor": "staff",
    },
    "zh": {
        "运费": "fee", "税额": "fee", "发票号": "digits", "优惠券": "code", "发货时间": "later",
        "确认收货时间": "later", "买家留言": "note", "收货城市": "city", "支付方式": "method",
        "物流单号": "digits", "会员等级": "group", "重量": "points", "发货状态": "fulfilment",
        "积分": "points", "导购员": "staff",
    },
    "ja": {
        "送料": "fee", "消費税": "fee", "クーポンコード": "code", "発送日": "later",
        "配送希望日": "later", "備考": "note", "市区町村": "city", "国": "country",
        "支払方法": "method", "追跡番号": "digits", "会員ランク": "group", "生年月日": "birth",
        "重量": "points", "配送状況": "fulfilment", "担当者": "staff",
    },
}  # fmt: skip


def list_phrases(ours: str, language: str, kind: str = "") -> list[str]:
    """The product's names of a column in a language, or else in English. kind: of a customer
    column, what it holds: id, email, phone or name; of an amount, whether of a line."""
    if kind == "line":
        return list(LINE_AMOUNTS[language])
    phrases = [each.strip() for each in ORDER_WORDS[ours].names.split(",")]
    if ours == "amount":
        # A subtotal is no total, and a line's total no order's.
        phrases = [each for each in phrases if not re.search("subtotal|^(line|item) ", each)]
    if ours == "status":
        # What became of a parcel or a refund is not what became of the order.
        phrases = [each for each in phrases if not re.search("refund|return|退款|售后", each)]
    if ours == "customer_id":
        phrases = [each for each in phrases if _get_customer_kind(each) == kind]
    mine = [each for each in phrases if language in _find_languages(each)]
    return [each for each in mine if each not in _NAMED_BY_VALUES] or [
        each
        for each in phrases
        if _find_languages(each) == ("en",) and each not in _NAMED_BY_VALUES
    ]


def list_decoys(language: str, without: Container[str]) -> dict[str, str]:
    """Names of columns that mean nothing, and what they hold; without: what waits."""
    return {name: kind for name, kind in DECOYS[language].items() if name not in without}


def write_name(
    draw: random.Random,
    ours: str,
    phrase: str,
    language: str,
    style: str,
    without: Container[str] = (),
) -> str:
    """A column's name as a shop writes it: with a word beside it, accents, and in a style."""
    beside = [each for each in _BESIDE.get(ours, ()) if each not in without]
    if ours == "customer_id" and _get_customer_kind(phrase) != "id":
        beside = []  # a `shop email` is the shop's own
    if language == "en" and beside and draw.random() < 0.15:
        pattern = draw.choice(beside)
        first = pattern.split(" ")[0]
        phrase = phrase if first in phrase.split() else pattern.format(phrase)
    return style_name(_add_accents(phrase, language), style)


def style_name(name: str, style: str) -> str:
    """`order id` → `Order Id`, `order_id`, `orderId`, `ORDER ID`, `order-id`; scripts without
    capitals stay as they are."""
    if re.search(r"[\u3040-\u9fff]", name):
        return name
    words = name.split(" ")
    match style:
        case "title":
            return " ".join(word[:1].upper() + word[1:] for word in words)
        case "snake":
            return "_".join(words)
        case "camel":
            plain = [word for word in re.split(r"[^\w]+", name) if word]
            return plain[0] + "".join(word[:1].upper() + word[1:] for word in plain[1:])
        case "upper":
            return name.upper()
        case "dash":
            return "-".join(words)
        case "sentence":
            return name[:1].upper() + name[1:]
    return name


def stand_apart(names: Sequence[str]) -> bool:
    """Whether names stand apart without regard to capitals and signs."""
    plain = [re.sub(r"[\W_]+", "", name).casefold() for name in names]
    return len(plain) == len(set(plain))


def _find_languages(phrase: str) -> tuple[str, ...]:
    """The languages a phrase is of."""
    if re.search("[\u3040-\u9fff]", phrase):
        japanese = bool(re.search(LANGUAGES["ja"], phrase))
        chinese = bool(re.search("购|商品数量", phrase))
        both = phrase in ("数量", "件数")
        return ("zh", "ja") if both else ("ja",) if japanese and not chinese else ("zh",)
    found = [
        each for each, words in LANGUAGES.items() if len(each) == 2 and re.search(words, phrase)
    ]
    if "es" in found and "pt" in found:
        found = [each for each in found if each != "pt" or not re.search(_SPANISH_ONLY, phrase)]
        found = [each for each in found if each != "es" or not re.search(_PORTUGUESE_ONLY, phrase)]
    return tuple(found) or ("en",)


def _get_customer_kind(phrase: str) -> str:
    if re.search(BY_MAIL, phrase):
        return "email"
    if re.search(BY_PHONE, phrase):
        return "phone"
    if re.search(BY_NAME, phrase) and not re.search(_STEADY, phrase):
        return "name"
    return "id"


def _add_accents(phrase: str, language: str) -> str:
    accents = ACCENTS.get(language, {})
    return " ".join(accents.get(word, word) for word in phrase.split(" "))
