"""More names of columns, by language: Korean, traditional Chinese, Polish, Dutch, Indonesian,
Vietnamese, Russian, Turkish, Italian, Czech, Arabic, and what Spanish and German sheets say beside
`column_names`.

A file is in one language, so each list begins with its best name anew. Written without accents.
"""

from collections.abc import Mapping, Sequence

# Our name → the names of each language, with commas, the best first.
MORE_NAMES: Mapping[str, Sequence[str]] = {
    "order_id": (
        "주문번호, 묶음주문번호",
        "numer zamowienia, nr zamowienia, id zamowienia, zamowienie nr",
        "ordernummer, bestelnummer, ordernr, bestelnr, order nummer, bestelling",
        "nomor invoice, no invoice, nomor pesanan, no pesanan, id pesanan, nomor order, "
        "kode pesanan",
        "ma don hang, so don hang, ma don, ma hoa don, so hoa don",
        "# de venta, numero de venta, n de venta, id de venta, numero de orden de venta",
        "belegnr, beleg nr, belegnummer, rechnungsnr, rechnung nr, vorgangsnummer",
        "номер заказа, no заказа, заказ, заказа, id заказа, код заказа, номер чека",
        "siparis numarasi, siparis no, siparis id, siparis kodu, siparis",
        "numero ordine, n ordine, nr ordine, id ordine, codice ordine, ordine, num doc",
        "cislo objednavky, kod objednavky, id objednavky, objednavka, cislo dokladu",
        "رقم الطلب, رقم الفاتورة, رقم العملية, الطلب",
    ),
    "customer_id": (
        "kundenr, kundnr, kunde nr, kund nr, kundenummer, kundnummer",
        "구매자id, 주문자id, 구매자 아이디, 회원 아이디, 아이디, 구매자연락처, "
        "주문자연락처, 구매자명, 주문자명",
        "买家帐号, 买家账号, 会员帐号, 顾客帐号",
        "login kupujacego, id kupujacego, id klienta, numer klienta, nr klienta, kod klienta, "
        "e mail kupujacego, email kupujacego, adres e mail, adres email, telefon kupujacego, "
        "kupujacy, klient, nazwa klienta, imie i nazwisko",
        "klantnummer, klantnr, klant nr, klant id, klantcode, debiteurnummer, klant, e mailadres, "
        "emailadres, e mail adres, telefoonnummer, telefoon, klantnaam, naam klant",
        "username pembeli, id pembeli, id pelanggan, email pembeli, no telp pembeli, "
        "no hp pembeli, nomor telepon pembeli, no telepon pembeli, pembeli, pelanggan, "
        "nama pembeli, nama pelanggan",
        "ma khach hang, ma kh, id khach hang, dien thoai, so dien thoai, sdt, khach hang, "
        "ten khach hang",
        "kd nr, kdnr, kundennr, debitor, debitorennummer",
        "id покупателя, id клиента, код клиента, номер клиента, e mail, почта, "
        "электронная почта, email покупателя, email клиента, покупатель, клиент, "
        "имя покупателя, имя клиента, фио",
        "musteri no, musteri numarasi, musteri id, musteri kodu, e posta, eposta, "
        "musteri e posta, musteri, musteri adi, musteri adi soyadi",
        "codice cliente, id cliente, cod cliente, email cliente, e mail cliente, "
        "cliente, nome cliente, ragione sociale, intestatario",
        "id zakaznika, cislo zakaznika, kod zakaznika, e mail zakaznika, email zakaznika, "
        "zakaznik, jmeno zakaznika, odberatel",
        "رقم العميل, رقم الجوال, رقم جوال العميل, رقم الهاتف, البريد الإلكتروني, العميل, "
        "اسم العميل",
    ),
    "ordered_at": (
        "결제일시, 결제일, 결제완료일, 주문일시, 주문일, 주문일자",
        "买家付款时间, 订单成立日期, 订单成立时间, 成立日期",
        "data platnosci, data oplacenia, data zakupu, data zamowienia, data zlozenia zamowienia, "
        "data sprzedazy",
        "betaaldatum, besteldatum, orderdatum, aankoopdatum, datum bestelling, factuurdatum",
        "tanggal pembayaran, waktu pembayaran, waktu pembayaran dilakukan, tanggal pesanan, "
        "waktu pesanan dibuat, tanggal transaksi, tanggal order, tanggal pembelian, tanggal",
        "ngay thanh toan, ngay dat hang, ngay tao don, ngay tao don hang, ngay tao, ngay mua, "
        "ngay ban, ngay chung tu, thoi gian tao, thoi gian dat hang",
        "fecha de venta, fecha venta, fecha de la venta, fecha de orden, fecha de la orden",
        "belegdatum, auftragsdatum, buchungsdatum, gutschriftdatum",
        "fakturadatum, fakturadato, bogforingsdato, ordredato",
        "дата оплаты, дата заказа, дата и время заказа, дата создания, дата оформления, "
        "дата покупки, дата продажи, создан, оплачен, принят в обработку, дата",
        "odeme tarihi, siparis tarihi, siparis zamani, olusturma tarihi, satis tarihi, tarih",
        "data pagamento, data ordine, data e ora ordine, data acquisto, data vendita, "
        "data documento, data doc",
        "datum platby, datum objednavky, datum vytvoreni, datum nakupu, datum prodeje",
        "تاريخ الدفع, تاريخ الطلب, تاريخ الشراء, تاريخ الفاتورة, التاريخ",
    ),
    "amount": (
        "최종 상품별 총 주문금액, 상품별 총 주문금액, 실결제금액, 결제액, 총 주문금액, 주문금액, "
        "판매금액, 합계금액",
        "买家总支付金额, 总支付金额, 订单总金额, 订单小计",
        "suma do zaplaty, do zaplaty, kwota do zaplaty, zaplacono, wartosc zamowienia, "
        "kwota zamowienia, suma, kwota, razem, wartosc brutto, wartosc",
        "totaalbedrag, totaal incl btw, orderbedrag, orderwaarde, betaald bedrag, totaalprijs, "
        "totaal, bedrag",
        "total pembayaran, total penjualan, total dibayar, total bayar, total pesanan, "
        "total transaksi, total harga, total belanja, jumlah pembayaran",
        "khach phai tra, khach da tra, tong thanh toan, tong tien thanh toan, tong tien, "
        "tong cong, tong gia tri, doanh thu, thanh tien",
        "ingresos por productos, ingresos por venta, importe de la venta, total de la venta",
        "bruttoumsatz, umsatz brutto, endbetrag",
        "totalt, att betala, summa, totalbelopp, belopp, i alt, belob",
        "итого, итого к оплате, сумма заказа, сумма к оплате, оплачено, "
        "оплачено покупателем, стоимость заказа, всего, сумма, стоимость товара",
        "odenen tutar, siparis tutari, toplam tutar, genel toplam, faturalanacak tutar, "
        "satis tutari, toplam, tutar",
        "totale pagato, importo pagato, totale ordine, importo ordine, totale documento, "
        "totale ivato, totale, importo",
        "إجمالي الطلب, المبلغ المدفوع, الإجمالي, المجموع الكلي, الإجمالي شامل الضريبة, "
        "المبلغ, المجموع",
        "celkem k uhrade, k uhrade, celkem s dph, celkova cena, cena celkem, "
        "cena celkem s dph, zaplaceno celkem, celkem, castka",
    ),
    "unit_price": (
        "상품가격, 판매단가",
        "vk, vk brutto, vk netto, vk preis, verkaufspreis, a pris, styckpris, enhetspris",
        "cena, cena jednostkowa, cena brutto, cena sztuki",
        "stuksprijs, stukprijs, prijs per stuk, prijs",
        "harga satuan, harga jual, harga produk, harga",
        "don gia, gia ban",
        "цена за единицу, цена за штуку, ваша цена, цена",
        "birim fiyati, birim fiyat, satis fiyati, fiyat",
        "prezzo unitario, prezzo",
        "cena za kus, jednotkova cena",
    ),
    "quantity": (
        "구매수량, 주문수량",
        "liczba sztuk, ilosc, sztuk",
        "aantal, hoeveelheid",
        "jumlah produk dibeli, jumlah produk, jumlah barang, jumlah, kuantitas",
        "so luong",
        "количество, кол во, штук, шт",
        "adet, miktar",
        "quantita, qta, q ta",
        "mnozstvi, pocet kusu, pocet ks, pocet, ks",
        "الكمية, عدد المنتجات",
    ),
    "sku": (
        "판매자 상품코드, 상품번호, 상품코드",
        "主商品货号, 商品选项货号",
        "numer oferty, sygnatura, kod produktu",
        "artikelnummer, artikelcode, productcode",
        "nomor sku, kode produk, sku produk",
        "ma sku, ma san pham, ma hang",
        "# de publicacion",
        "art nr, artnr",
        "артикул, код товара",
        "stok kodu, barkod, urun kodu",
        "codice articolo, codice prodotto, cod articolo",
        "kod zbozi",
    ),
    "product_name": (
        "tytul oferty, nazwa produktu, nazwa towaru, produkt",
        "productnaam, artikelnaam, omschrijving, product titel, titel",
        "nama produk, nama barang",
        "ten san pham, ten hang",
        "titulo de la publicacion",
        "название товара, наименование товара, наименование, товар",
        "urun adi, urun",
        "nome prodotto, prodotto, descrizione, articolo",
        "nazev produktu, nazev zbozi, zbozi",
    ),
    "discount": (
        "rabat, kwota rabatu, znizka",
        "korting, kortingsbedrag",
        "diskon, total diskon, potongan harga",
        "chiet khau, chiet khau don hang, giam gia",
        "상품별 할인액, 할인금액",
        "скидка, сумма скидки",
        "indirim tutari, indirim",
        "sconto, importo sconto",
        "sleva, castka slevy",
    ),
    "status": (
        "주문상태, 클레임상태, 주문세부상태",
        "退货退款状态, 退货 退款状态, 订单状态",
        "status zamowienia, status platnosci",
        "orderstatus, bestelstatus, betaalstatus, betalingsstatus",
        "status terakhir, status pesanan, status pembayaran, status transaksi",
        "trang thai don hang, trang thai thanh toan, trang thai, trang thai tra hang",
        "zahlstatus, zahlungsstatus, auftragsstatus, belegstatus",
        "статус заказа, статус оплаты, статус",
        "siparis statusu, siparis durumu, odeme durumu, durum",
        "stato ordine, stato pagamento, stato",
        "stav objednavky, stav platby, stav",
        "حالة الطلب, حالة الدفع, الحالة",
    ),
    "refund_amount": (
        "환불금액, 취소환불금액",
        "退款金额, 退货退款金额",
        "zwrot wplaty, zwrot, kwota zwrotu, zwrocono",
        "terugbetaald, terugbetaald bedrag, terugbetaling, restitutie",
        "dana dikembalikan, pengembalian dana, jumlah pengembalian dana",
        "tien hoan tra, tien hoan, so tien hoan, hoan tien, gia tri tra hang, tien tra hang",
        "anulaciones y reembolsos, cancelaciones y reembolsos",
        "сумма возврата, возвращено, возврат",
        "iade tutari, iade edilen tutar",
        "importo rimborsato, totale rimborsato, rimborsato, rimborso, reso",
        "vracena castka, vraceno, castka dobropisu",
        "retourbedrag, teruggave",
        "importe devuelto, monto devuelto, total devuelto",
        "gutschriftbetrag, gutschrift, gutschriftsbetrag, erstattungsbetrag",
        "returned value, returned amount, amount returned, credited amount, credit amount",
        "valor devolvido, montante devolvido",
        "montant de l avoir, avoir",
        "المبلغ المسترد, المبلغ المسترجع",
        "实退金额",
    ),
    "email": (
        "e mail kupujacego, email kupujacego, adres e mail, adres email",
        "e mailadres, emailadres, e mail adres",
        "email pembeli, email pelanggan",
        "почта, электронная почта, email покупателя, email клиента",
        "e posta, eposta, musteri e posta",
        "email cliente, e mail cliente",
        "email zakaznika, e mail zakaznika",
        "البريد الإلكتروني, بريد العميل",
    ),
    "phone": (
        "구매자연락처, 주문자연락처, 휴대폰번호, 휴대전화",
        "telefon kupujacego, numer telefonu",
        "telefoonnummer, telefoon, mobiel",
        "no telp pembeli, no hp pembeli, nomor telepon pembeli, no telepon pembeli",
        "dien thoai, so dien thoai, sdt",
        "телефон, телефон покупателя, телефон клиента",
        "telefon, cep telefonu, musteri telefonu",
        "telefono, cellulare, telefono cliente",
        "mobil, telefon zakaznika",
        "رقم الجوال, رقم جوال العميل, الجوال, رقم الهاتف",
    ),
    "currency": (
        "waluta",
        "valuta",
        "mata uang",
        "don vi tien te, loai tien",
        "통화",
        "валюта",
        "para birimi",
        "mena",
        "العملة",
    ),
    "channel": ("판매채널", "kanal sprzedazy", "verkoopkanaal", "kenh ban hang, nguon don"),
}
# Words that make a column something else, whatever language it is in.
MORE_NEVER: Mapping[str, str] = {
    "amount": (
        "dostawy przesylki wysylki koszt rabat zwrot zwrotu podatek vat ilosc liczba sztuk waluta "
        "verzendkosten verzending btw korting aantal terugbetaald commissie "
        "biaya ongkos kirim pengiriman diskon voucher potongan pajak jumlah berat "
        "phi giao thue chiet khau giam so luong hoan 정산예정금액 할인액 배송비 수수료 "
        "运费 补贴 补助 折抵 手续费 envio cargo costos anulaciones reembolsos sobre "
        "доставки доставка скидка скидки возврата возврат налог количество комиссия "
        "товаров kargo indirim iade komisyon adet spedizione sconto rimborso rimborsato "
        "quantita imponibile commissione doprava dopravy sleva slevy vraceno vracena "
        "pocet mnozstvi الضريبة الشحن التوصيل الخصم خصم رسوم السلة الكمية عدد"
    ),
    "unit_price": (
        "dostawy awal pengiriman verzend wartosc total "
        "доставки kargo spedizione doprava dopravy toplam totale celkem"
    ),
    "ordered_at": (
        "wysylki dostawy zwrotu anulowania urodzenia "
        "verzenddatum leverdatum geboortedatum retourdatum "
        "selesai pengiriman dikirim kirim lahir pembatalan "
        "giao sinh huy hoan cap nhat 발송일 발송기한 발주확인일 배송 취소 반품 camino entregado "
        "доставки отгрузки возврата рождения отмены kargo teslim iade iptal dogum spedizione "
        "consegna nascita rimborso annullamento doruceni odeslani narozeni vraceni"
    ),
    "customer_id": (
        "수취인 수령인 배송 penerima odbiorcy kurir nhan giao 收件 uwagi catatan ghi chu opmerking "
        "получатель получателя комментарий менеджера менеджер alici teslimat destinatario "
        "prijemce dodavatel"
    ),
    "phone": ("penerima odbiorcy 수취인 nhan получателя alici destinatario prijemce"),
    "email": ("penerima odbiorcy nhan получателя alici destinatario prijemce"),
    "order_id": (
        "상품 data status waluta datum status tanggal ngay trang thai paczki przesylki "
        "дата статус сумма время комментарий tarihi tarih durumu statusu tutari adet data "
        "stato totale importo stav datum castka"
    ),
    "status": (
        "dostawy wysylki verzend pengiriman giao van chuyen hang 배송 envio "
        "доставки kargo teslimat spedizione dopravy"
    ),
    "quantity": (
        "pengembalian retur zwrot terug hoan tra 반품 total order возврата iade resi vraceno"
    ),
    "product_name": (
        "numer nomor ma so harga cena prijs gia jumlah liczba aantal catatan "
        "артикул код цена количество kodu adedi fiyati codice prezzo quantita kod cena pocet"
    ),
    "refund_amount": (
        "data datum tanggal ngay status trang thai numer nomor powod alasan "
        "дата статус причина tarihi nedeni motivo stato duvod stav"
    ),
}
# Postage in a column of its own.
POSTAGE = (
    "shipping, shipping cost, shipping costs, shipping fee, shipping amount, shipping total, "
    "postage, delivery fee, delivery cost, versand, versandkosten, porto, frais de port, port, "
    "livraison, gastos de envio, costo de envio, ingresos por envio, envio, frete, 运费, 邮费, "
    "买家支付运费, 送料, 送料合計, 배송비, 배송비 합계, koszt dostawy, koszt wysylki, "
    "verzendkosten, biaya pengiriman, ongkos kirim, phi giao hang, phi van chuyen, "
    "стоимость доставки, доставка, kargo ucreti, kargo, spese di spedizione, spedizione, doprava, "
    "cena dopravy"
)

# What Taiwan and Hong Kong, and in part Japan, write otherwise: of the words below.
SIMPLIFIED = str.maketrans(
    "訂單編號買賣戶員會顧額實際應總價時間狀態數稱標題規運費優電話機郵幣種類備註發貨關閉銷聯繫暱帳購處對"
    "電處產準聯絡給無對開當過後讀寫務級項營業額據點積讓與來從門變現",
    "订单编号买卖户员会顾额实际应总价时间状态数称标题规运费优电话机邮币种类备注发货关闭销联系昵账购处对"
    "电处产准联络给无对开当过后读写务级项营业额据点积让与来从门变现",
)

# What a shop pays its platform, and names of amounts that its customers paid, whatever was kept.
FEES = (
    "fee fees commission commissions tarifa tarifas comision comisiones comissao comissoes gebuhr "
    "gebuhren frais 手续费 佣金 手数料"
)
PAID_NAMES = "paid order bezahlt brutto gross paye ttc pagado pago bestellung commande pedido"
