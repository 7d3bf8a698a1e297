"""Spoilt files through the whole import: the parent never dies, nothing is dropped without a word."""

import os
import shutil

import pytest

from tests.data.ingest.mutations import mutated, outcome

FILES, EACH = 500, 25  # `make test` runs the first of these parts


@pytest.mark.parametrize(
    "first",
    [0, *(pytest.param(first, marks=pytest.mark.full) for first in range(EACH, FILES, EACH))],
)
def test_a_spoilt_file_is_imported_kept_apart_or_refused_in_words(first, tmp_path):
    for seed in range(first, first + EACH):
        outcome(seed, tmp_path)
        shutil.rmtree(tmp_path / str(seed))


@pytest.mark.full
def test_the_spoilt_files_are_spoilt_in_many_ways(tmp_path):
    """A fuzzer that only ever sees one refusal tests one line."""
    assert {mutated(seed)[0] for seed in range(40)} == {"csv", "xlsx", "parquet"}
    assert len({outcome(seed, tmp_path) for seed in range(1000, 1020)}) >= 3


@pytest.mark.full
def test_many_more_spoilt_files(tmp_path):
    """No failure in N files puts the rate of failures below 3/N with 95 % confidence; N is 50,000 in the soak."""
    for seed in range(10_000, 10_000 + int(os.environ.get("WINBACK_SOAK_FILES", "150"))):
        outcome(seed, tmp_path)
        shutil.rmtree(tmp_path / str(seed))
