"""How dates are written in words: names of months and days, and the short names of zones, as data
for `written_dates`. Latin words are in small letters without accents."""

from collections.abc import Mapping

_MONTH_WORDS = (
    "jan january januar janner jaenner januari janvier janv ene enero janeiro gen gennaio",
    "feb february februar feber februari fevrier fevr fev febr febrero fevereiro febbraio",
    "mar march marz maerz mrz maart mrt mars marzo marco",
    "apr april avril avr abr abril aprile",
    "may mai mei mayo maio mag maggio",
    "jun june juni juin junio junho giu giugno",
    "jul july juli juillet juil julio julho lug luglio",
    "aug august augustus aout ago agosto",
    "sep sept september septembre set septiembre setiembre setembro settembre",
    "oct october okt oktober octobre octubre out outubro ott ottobre",
    "nov november novembre noviembre novembro",
    "dec december dez dezember decembre dic diciembre dezembro dicembre",
)
MONTHS: Mapping[str, int] = {
    word: number for number, words in enumerate(_MONTH_WORDS, start=1) for word in words.split()
}
# What says nothing beside a date: days of the week, and the words between.
_SILENT_WORDS = (
    "mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun "
    "sunday mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend "
    "sonntag lun mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche mie jue "
    "vie sab dom lunes martes miercoles jueves viernes sabado domingo seg ter qua qui sex segunda "
    "terca quarta quinta sexta feira gio lunedi martedi mercoledi giovedi venerdi sabato domenica "
    "de del of the um uhr at a as las la le les el den der am alle ore h hs hrs uur on"
)
SILENT = frozenset(_SILENT_WORDS.split())
# `mar. 3 mars`: the one name of a month that is a Tuesday, too.
TUESDAY = "mar"

# Hours from UTC; several where the same letters are used far apart.
ZONES: Mapping[str, tuple[float, ...]] = {
    "Z": (0,), "UTC": (0,), "GMT": (0,), "WET": (0,), "WEST": (1,), "CET": (1,), "CEST": (2,),
    "MEZ": (1,), "MESZ": (2,), "EET": (2,), "EEST": (3,), "MSK": (3,), "SAST": (2,),
    "BST": (1,), "IST": (5.5, 2, 1), "PKT": (5,), "NPT": (5.75,),
    "WIB": (7,), "ICT": (7,), "HKT": (8,), "SGT": (8,), "PHT": (8,), "JST": (9,), "KST": (9,),
    "AWST": (8,), "ACST": (9.5,), "ACDT": (10.5,), "AEST": (10,), "AEDT": (11,),
    "NZST": (12,), "NZDT": (13,), "BRT": (-3,), "ART": (-3,), "CLT": (-4,), "COT": (-5,),
    "EST": (-5,), "EDT": (-4,), "CST": (-6, 8), "CDT": (-5,), "MST": (-7,), "MDT": (-6,),
    "PST": (-8,), "PDT": (-7,), "AKST": (-9,), "AKDT": (-8,), "HST": (-10,), "AST": (-4, 3),
    "ADT": (-3,), "NST": (-3.5,), "NDT": (-2.5,),
}  # fmt: skip
