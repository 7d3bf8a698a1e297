"""Where a shop probably is, by the language of its header: offered, and never taken."""

from collections.abc import Iterable, Mapping

from winback.data.ingest.column_matching import split_words

# Zone and currency to offer, and words of headers that a language has to itself. Spanish and
# English are written in too many countries to offer one.
_LANGUAGES: Mapping[tuple[str, str], str] = {
    ("Europe/Berlin", "EUR"): (
        "bestellnummer bestelldatum bestellung auftragsnummer belegnr belegdatum belegart kunde "
        "kundennummer kd menge anzahl betrag gesamtbetrag rechnungsbetrag summe artikel "
        "bestellnr bezahlt gebucht buchung gast anreise abreise einzelpreis preis zahlungsart "
        "bezeichnung brutto versand zahlstatus zahlungsstatus strasse ort rechnung umsatz ust mwst"
    ),
    ("Europe/Paris", "EUR"): (
        "commande client montant quantite prix ttc remise statut adresse livraison facture achat "
        "produit prenom paiement"
    ),
    ("Europe/Amsterdam", "EUR"): (
        "klantnummer besteldatum ordernummer bestelnummer totaalbedrag totaal bedrag aantal "
        "korting verzendkosten achternaam voornaam btw betaald betaalmethode klant plaats"
    ),
    ("Europe/Rome", "EUR"): (
        "ordine cliente quantita prezzo importo spedizione cognome indirizzo pagamento sconto "
        "totale stato prodotto articolo"
    ),
    ("Europe/Warsaw", "PLN"): (
        "zamowienia zamowienie kupujacego klienta wartosc ilosc sztuk cena dostawy platnosci kwota "
        "waluta zaplaty zakupu"
    ),
    ("Europe/Copenhagen", "DKK"): (
        "bogforingsdato bilagstype bilagsnr debitornr navn belob restbelob antal ordredato pris "
        "ordrenr varenr vare fakturadato betalt kunde"
    ),
    ("Europe/Stockholm", "SEK"): (
        "kund kundnummer kundnr belopp fakturanr fakturadatum orderdatum ordernr summa moms "
        "benamning betald betalning leverans"
    ),
    ("America/Sao_Paulo", "BRL"): (
        "pedido quantidade preco frete situacao pagamento desconto valor venda comprador"
    ),
    ("Asia/Jakarta", "IDR"): (
        "pembeli pesanan tanggal pembayaran harga jumlah penjualan nama penerima pengiriman nomor"
    ),
    ("Asia/Ho_Chi_Minh", "VND"): (
        "don hang ngay khach gia thanh toan trang thai tien luong san pham ma"
    ),
    ("Europe/Istanbul", "TRY"): (
        "siparis musteri tarih tarihi tutar tutari adet urun toplam odeme fiyat fiyati durumu"
    ),
    ("Europe/Moscow", "RUB"): (
        "заказа заказ дата статус покупатель покупателя клиент телефон сумма итого товар товара "
        "артикул количество цена доставки скидка оплаты"
    ),
    ("Europe/Prague", "CZK"): (
        "objednavky objednavka zakaznik zakaznika stav celkem mnozstvi doprava sleva platba kus "
        "dph nazev produktu"
    ),
}
LEAST_WORDS = 3  # of a header, before its language is believed


def guess_language_place(names: Iterable[str]) -> tuple[str, str] | None:
    """The (zone, currency) of the language that a header is in; None where that is not clear."""
    header = {word for name in names for word in split_words(name)}
    counts = {place: len(header & set(words.split())) for place, words in _LANGUAGES.items()}
    best = max(counts, key=lambda place: counts[place])
    rest = [count for place, count in counts.items() if place != best]
    return best if counts[best] >= LEAST_WORDS and counts[best] > max(rest) + 1 else None
