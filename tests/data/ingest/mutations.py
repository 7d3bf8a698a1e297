"""Exports spoilt at random, and what must hold of an import of each: shared by the tests and the soak."""

import io
import random
from pathlib import Path

import pandas as pd

from tests.conftest import NOW, PLAIN
from tests.readers.test_formats import as_csv, as_parquet, as_xlsx, made_rows
from winback.config.shop import load_shop
from winback.core import errors
from winback.data.ingest.pipeline import import_shop
from winback.data.store import open_store
from winback.i18n.error_text import format_error
from winback.i18n.translate import translate

MADE = {"csv": lambda rows: as_csv(rows).encode(), "xlsx": as_xlsx, "parquet": as_parquet}
TOML = PLAIN.split("    [events]")[0]
TRICKS = (b'"', b"\r", b"\n", b",", b"\0", b"\xff\xfe", b"1e999", b"NaN", b"-", b"9" * 30, b"\xe2\x80\xae", b"=cmd|' /C calc'!A0",
          b"<script>", b"'; DROP TABLE orders", b"\x1b[31m", b";" * 50, b"2026-99-99", b"0001-01-01", b"\xf0\x9f\x99\x82")  # fmt: skip


def mutated(seed: int) -> tuple[str, bytes]:
    """(the format, a file spoilt in one to eight places). Every seed is another one."""
    draw = random.Random(seed)
    form = draw.choice(tuple(MADE))
    rows = made_rows(draw.choice((1, 5, 60)))
    if draw.random() < 0.5:
        # Spoil cells: the file is whole, what it says is not.
        for _ in range(draw.randint(1, 8)):
            row = draw.choice(rows)
            row[draw.randrange(len(row))] = draw.choice(TRICKS).decode("utf-8", "replace") if form == "csv" else draw.choice(
                ("", "NaN", "1e999", "-5", "9" * 30, "2026-99-99", "<script>", "a\tb", "‮", "t**8", "1.03E+19", "=1+1"))  # fmt: skip
        try:
            return form, MADE[form](rows)
        except (
            ValueError,
            TypeError,
            OverflowError,
            UserWarning,
        ):  # a typed format does not hold everything: then as text
            return "csv", as_csv(rows).encode()
    content = bytearray(MADE[form](rows))
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(content) + 1)
        match draw.randrange(6):
            case 0 if content:
                content[min(at, len(content) - 1)] ^= 1 << draw.randrange(8)
            case 1:
                content[at:at] = draw.choice(TRICKS)
            case 2:
                del content[at : at + draw.choice((1, 8, 200))]
            case 3:
                content[at : at + 4] = draw.randbytes(4)
            case 4:
                del content[at:]
            case _:
                content[at:at] = content[max(0, at - 50) : at]
    return form, bytes(content)


def outcome(seed: int, folder: Path) -> str:
    """Import one spoilt file and check what must hold; returns what came of it: imported, or the name of the refusal.

    The parent lives, no row is dropped without a word, and a refusal is a sentence in both languages that names its file.
    """
    form, content = mutated(seed)
    place = folder / f"{seed}"
    place.mkdir(parents=True)
    name = f"orders.{form}"
    (place / name).write_bytes(content)
    (place / "shop.toml").write_text(TOML.replace("orders.csv", name), encoding="utf-8")
    shop = load_shop(place / "shop.toml")
    try:
        manifest = import_shop(shop, place / "home", NOW)
    except errors.UnexpectedError as unforeseen:
        raise AssertionError(f"seed {seed} ({form}): {unforeseen.values}") from unforeseen
    except errors.WinbackError as refusal:
        for language in ("zh", "en"):
            result = format_error(refusal, language)
            if name not in result and refusal.values.get("shop") != shop.name:
                raise AssertionError(f"seed {seed}: {result}") from refusal
        if (place / "home" / "tables").exists():
            raise AssertionError(f"seed {seed}: a refused import was published") from refusal
        return type(refusal).__name__
    counts = manifest.counts
    result = (
        counts["rows_kept"] + sum(manifest.quarantined.values()) + sum(manifest.left_out.values())
    )
    assert result == counts["rows_read"], (
        f"seed {seed}: {counts}, {manifest.quarantined}, {manifest.left_out}"
    )
    assert (
        counts["rows_kept"]
        == manifest.tables["order_lines"] + manifest.tables["refunds"] + counts["duplicates"]
    ), f"seed {seed}"
    quarantine = pd.read_parquet(open_store(place / "home").folder / "quarantine" / "000.parquet")
    assert len(quarantine) == sum(manifest.quarantined.values()), f"seed {seed}"
    assert quarantine["line"].ge(1).all(), f"seed {seed}"
    for reason in quarantine["reason"].unique():
        translate(reason, "zh")
    if form == "csv":
        assert counts["rows_read"] >= _rows_seen(content), f"seed {seed}: rows vanished"
    return "imported"


def _rows_seen(content: bytes) -> int:
    """The records that Python's own reader sees in a CSV, where it can read it: none may vanish."""
    import csv

    text = content.decode("utf-8-sig", "replace")
    if "\0" in text or "\r\r" in text or text.count('"') % 2:
        return 0
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if row] or [[]]
    return len(rows) - 1
