"""The model's reasons in words: for a list of any length, and for one customer as a list of one."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.model.explanations import MOST, THEMES, Reasons, Theme


def build_explanations(reasons: Reasons, language: Language) -> pa.Array:
    """One text a row, strongest reason first, ↑ for what raises the risk and ↓ for what lowers
    it; null with no reason."""
    between = translate("why.between", language)
    slots = [_build_rank(reasons, place, language) for place in range(MOST)]
    # The join leaves out rows in which everything is null, so each begins with an empty text.
    first = pa.array([""] * len(reasons.theme), pa.string())
    text = pc.utf8_slice_codeunits(
        pc.binary_join_element_wise(first, *slots, between, null_handling="skip"), len(between)
    )
    return pc.if_else(pc.equal(text, ""), None, text)


def _build_rank(reasons: Reasons, place: int, language: Language) -> pa.Array:
    """The reasons of one rank. A sentence is made once for each different set of numbers in it."""
    codes, sentences = np.full(len(reasons.theme), -1), list[str]()
    for number, theme in enumerate(THEMES):
        rows = np.flatnonzero(reasons.theme[:, place] == number)
        if not len(rows):
            continue
        distinct, inverse = _find_distinct(theme, reasons, rows, place)
        codes[rows] = len(sentences) + inverse.ravel()
        _add_sentences(distinct, theme, language, sentences)
    return pa.array(sentences, pa.string()).take(pa.array(codes, mask=codes < 0))


def _find_distinct(
    theme: Theme, reasons: Reasons, rows: NDArray[np.int64], place: int
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    columns = [reasons.numbers[feature][rows] for feature in theme.numbers.values()]
    raises = reasons.moved[rows, place] > 0
    distinct, inverse = np.unique(np.column_stack([raises, *columns]), axis=0, return_inverse=True)
    return distinct, inverse


def _add_sentences(
    distinct: NDArray[Any], theme: Theme, language: Language, sentences: list[str]
) -> None:
    for up, *values in distinct.tolist():
        filled = {
            key: format_count(int(value)) for key, value in zip(theme.numbers, values, strict=True)
        }
        reason = translate(f"why.{theme.name}", language, filled)
        sentences.append(
            translate("why.raises" if up else "why.lowers", language, {"reason": reason})
        )
