"""How well bytes read as one encoding or another make sense: which letters they give, how common
those are in the languages written so, and whether they stand where letters stand.

Each reading has a likelihood: the product of the chances of its letters. Distinct words count once,
so that one name on a thousand lines is the evidence of one name.
"""

import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

# The commonest characters of each language, of shops' exports and of names.
_SIMPLIFIED = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心"
    "本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产新己制身果加西斯月话合回特代内信表化老给"
    "世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指许统区保至队形社"
    "便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运订单客户付款收货价格店铺买家"
    "卖商退支编号姓电话地址支付宝微信包邮颜红黑蓝绿黄粉尺码衣服鞋裤裙件套装杯李陈刘杨赵黄周吴徐孙胡朱高林何郭罗梁宋郑谢韩唐冯董萧曹袁邓傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎潘杜夏钟汪田姜范石姚谭廖"
)
_TRADITIONAL = frozenset(
    "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心"
    "本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產新己制身果加西斯月話合回特代內信表化老給"
    "世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指許統區保至隊形社"
    "便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運訂單客戶付款收貨價店鋪買家"
    "賣商退支編號姓台灣縣鄉鎮街巷弄樓室包裝顏紅黑藍綠黃粉尺碼衣服鞋褲裙套杯李陳劉楊趙周吳徐孫胡朱林何郭羅梁宋鄭謝韓唐馮董蕭曹袁鄧傅沈曾彭呂蘇盧蔣蔡丁魏薛葉潘杜夏鍾汪田姜范石姚譚廖鄒熊陸金郝"
)
_HANGUL = frozenset(
    "이다는의에을가를은로고하지도사한기서리자아시인대나어정보해일수과부전성라주장그상원있만제게스트구유소신들조니연동여으호경세지공비안오면관위선것운미용마모방물생내음식진중우발금국결"
    "월년회체재화년간할입번출교실영터개드품문격산양무초계달레행너심단불분명태당통치노파외현반데카요포종표박최김윤임강송황홍권배백허남심노하곽성차구민류나진지엄채원천방손서울부산광역시"
    "상품주문번호고객이름결제금액수량배송완료취소환불옵션색블랙화이트컵세트예약확인쿠폰할인판매점"
)
_RUSSIAN = (
    "ооооооооооееееееееаааааааааииииииииннннннтттттттссссссррррррввввлллллкккккмммддддппппуууя"
    "яыыььзззббггччйхжшюцщэфъё"
)
# Letters with accents of a language, the commoner the oftener.
_WESTERN = (
    "üüüüüääääööööößßßé",
    "éééééééééèèèàààçêêâôîûùëïüœæÿ",
    "óóóóóóóíííííáááááéééññññúüü",
    "ãããããççççáááéééíííóóóõõêêâôúàü",
    "àààèèèùùòòìéí",
    "äääääöööööååååé",
    "øøøøøååååæææééö",
    "ééééëëëïïöüèê",
)
_CENTRAL = (
    "łłłłłłąąąęęęęóóóśśżżżćńź",
    "ííííááááééééěěěřřřččššžžýýůúďťňóôľäĺŕ",
    "ááááááééééééööőőóóíüűú",
    "ăăăââîîşşţţșț",
    "čččššššžžžćđ",
)
_TURKISH = ("ııııııııııııişşşşşşşğğğğçççüüüüüööööİâ",)
_SYMBOLS = frozenset("€£°–—’‘“”«»·¿¡®©™§²³½¼ºª…\xa0×•")
_ASCII_CHANCE = 1 / 60
_RARE = 1e-5  # the chance of a character that is not a common one
_STRAY, _OTHER = 1e-3, 1e-6  # of a letter of a neighbour's language, and of what is none
LEAST_CYRILLIC, LEAST_RUSSIAN = 20, 0.035  # letters, and the chance of one, in the middle
LEAST_SIGNS = 3  # two could be four letters of a Western name
LEAST_COMMON = 0.8  # of the characters; names hold some that are rare
LEAST_LETTERS = 0.97  # of what a Western page gives
LEAST_CHANCE = 0.02  # of a letter, in the middle
MOST_ACCENTED = 0.5  # of the letters of its words


def rate_reading(codec: str, words: Sequence[str]) -> float | None:
    """The logarithm of the chance of some words, each with characters beyond ASCII, in the
    languages of an encoding; None where they make no sense in any."""
    if codec in _ALPHABETS:
        return _rate_alphabet(words, _ALPHABETS[codec])
    if codec == "cp1251":
        return _rate_cyrillic(words)
    chance, text = _CHANCES[codec], "".join(words)
    signs = [each for each in text if ord(each) > 127]
    # Four bytes are a pattern that no other encoding has: rare signs, but no doubt.
    judged = [each for each in signs if codec != "gb18030" or len(each.encode("gb18030")) < 4]
    letters = sum(each.isalpha() for each in judged)
    common = sum(chance(each) > _RARE for each in judged)
    if letters < max(LEAST_SIGNS, len(judged) / 2) or common < LEAST_COMMON * len(judged):
        return None
    asciis = len(text) - len(signs)
    return sum(math.log(chance(each)) for each in signs) + asciis * math.log(_ASCII_CHANCE)


def _rate_alphabet(words: Sequence[str], languages: Sequence[str]) -> float | None:
    known = frozenset("".join(languages))
    letters, asciis, strays = list[str](), 0, 0
    for word in words:
        for at, character in enumerate(word):
            if ord(character) < 128:
                asciis += character.isalpha()
            elif _is_capital_inside(word, at):
                strays += 1
            elif _to_lower(character) in known:
                letters.append(_to_lower(character))
            elif character not in _SYMBOLS or _stands_between_letters(word, at):
                strays += 1
    total = len(letters) + strays
    if strays > (1 - LEAST_LETTERS) * total or len(letters) > MOST_ACCENTED * (
        len(letters) + asciis
    ):
        return None
    score = max(
        sum(math.log(max(language.count(each) / len(language), _STRAY)) for each in letters)
        for language in languages
    )
    if score < len(letters) * math.log(LEAST_CHANCE):
        return None
    return score + asciis * math.log(_ASCII_CHANCE) + strays * math.log(_OTHER)


def _rate_cyrillic(words: Sequence[str]) -> float | None:
    """Russian in its own letters: nothing of an alphabet's page speaks for it but how common they
    are and that no capital stands within a word."""
    chances, asciis = list[float](), 0
    for word in words:
        for at, character in enumerate(word):
            if ord(character) < 128:
                asciis += character.isalpha()
            elif character in _SYMBOLS or character == "№":
                chances.append(_STRAY)
            elif _is_capital_inside(word, at):
                return None
            else:
                chances.append(_RUSSIAN.count(character.lower()) / len(_RUSSIAN) or _STRAY)
    score = sum(map(math.log, chances))
    if len(chances) < LEAST_CYRILLIC or score < len(chances) * math.log(LEAST_RUSSIAN):
        return None
    return score + asciis * math.log(_ASCII_CHANCE)


def _to_lower(letter: str) -> str:
    return letter if letter == "İ" else letter.lower()


def _is_capital_inside(word: str, at: int) -> bool:
    return word[at].isupper() and word[max(at - 1, 0) : at].islower()


def _stands_between_letters(word: str, at: int) -> bool:
    return (
        word[max(at - 1, 0) : at].isalpha()
        and word[at + 1 : at + 2].isalpha()
        and word[at] not in "’·"
    )


def _get_lead(character: str, codec: str) -> int:
    """The first of a character's two bytes; 0 of any other."""
    try:
        code = character.encode(codec)
    except UnicodeEncodeError:
        return 0
    return code[0] if len(code) == 2 else 0


@dataclass(frozen=True)
class _Script:
    """How often the characters of a language come. letters: the commonest, six in ten of a text;
    codec: whose first bytes tell the other common ones and the signs; each (the first byte from,
    to, the chance of one)."""

    letters: frozenset[str]
    codec: str
    common: tuple[int, int, float]
    signs: tuple[int, int, float]
    rest: float

    def get_chance(self, character: str) -> float:
        if character in self.letters:
            return 0.6 / len(self.letters)
        lead = _get_lead(character, self.codec)
        for first, last, chance in (self.common, self.signs):
            if first <= lead <= last:
                return chance
        return self.rest


def _get_japanese_chance(character: str) -> float:
    name = unicodedata.name(character, "")
    if name.startswith(("HIRAGANA", "KATAKANA")):
        return 0.5 / 170
    if name.startswith("HALFWIDTH KATAKANA"):
        return 0.03 / 63
    lead = _get_lead(character, "cp932")
    if 0x88 <= lead <= 0x97:
        return 0.37 / 2965
    return 0.08 / 400 if 0x81 <= lead <= 0x84 else 0.02 / 4000


_SIMPLIFIED_SCRIPT = _Script(
    _SIMPLIFIED, "gb2312", (0xB0, 0xD7, 0.3 / 3755), (0xA1, 0xA9, 0.07 / 700), 0.03 / 20000
)
_TRADITIONAL_SCRIPT = _Script(
    _TRADITIONAL, "cp950", (0xA4, 0xC6, 0.3 / 5401), (0xA1, 0xA3, 0.07 / 400), 0.03 / 7700
)
_KOREAN_SCRIPT = _Script(
    _HANGUL, "euc_kr", (0xB0, 0xC8, 0.32 / 2350), (0xA1, 0xAC, 0.05 / 900), 0.03 / 13000
)
_CHANCES: dict[str, Callable[[str], float]] = {
    "gb18030": _SIMPLIFIED_SCRIPT.get_chance,
    "cp950": _TRADITIONAL_SCRIPT.get_chance,
    "cp932": _get_japanese_chance,
    "euc_jp": _get_japanese_chance,
    "cp949": _KOREAN_SCRIPT.get_chance,
}
# The pages of Windows, of Unix, of DOS and of the Mac.
_ALPHABETS = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": _TURKISH,
    "cp850": _WESTERN,
    "mac_roman": _WESTERN,
}
CODECS = (*_CHANCES, *_ALPHABETS, "cp1251")
