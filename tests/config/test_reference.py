"""The page of the shop file's settings says what every setting is, and says it of the settings there are."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

import winback.config
from winback.config.reference import EXAMPLE, NOTES, list_sections, main, render_settings
from winback.config.settings import Settings
from winback.config.shop import Shop, load_shop
from winback.config.sources import SourceSettings
from winback.data.platforms.registry import PROFILES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "settings.md"
MODULES = [
    import_module(f"winback.config.{module.name}")
    for module in pkgutil.iter_modules(winback.config.__path__)
]
MODELS = {
    model
    for module in MODULES
    for _, model in inspect.getmembers(module, inspect.isclass)
    if issubclass(model, Settings) and model is not Settings
}
FIELDS = [
    pytest.param(field, id=f"{model.__name__}.{name}")
    for model in sorted(MODELS, key=lambda each: each.__name__)
    for name, field in model.model_fields.items()
]
SECTIONS = list(list_sections(Shop))


class Bakery(BaseModel):
    """A bakery."""

    loaves: int = Field(3, ge=1, le=9, description="How many.")
    flours: dict[str, Literal["rye", "wheat"]] = Field(
        {}, description="What is in a sack.", examples=[{"sack 1": "rye"}]
    )
    owner: str | None = Field(None, min_length=1, description="Who bakes | sells.")
    stone_oven: bool = Field(False, deprecated="gone", description="Heated with wood.")
    folder: Path = Field(Path(), exclude=True, description="Set by the reader.")


class Undescribed(BaseModel):
    """A bakery nobody describes."""

    loaves: int = 3


def test_the_page_of_settings_is_up_to_date():
    assert main(["--check", str(PAGE)]) == 0


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_has_a_sentence_that_fits_a_table(field):
    assert 0 < len(field.description or "") <= 160
    assert field.description.endswith(".")


def test_every_model_has_a_section_with_all_its_settings():
    """A model that the page does not reach is a table the operator cannot know of."""
    listed = [{row[0].strip("`") for row in section.rows} for section in SECTIONS]
    missing = [
        model.__name__
        for model in MODELS - {SourceSettings}
        if set(model.model_fields) - {"folder"} not in listed
    ]
    assert missing == []


def test_a_setting_without_a_description_fails():
    with pytest.raises(ValueError, match="loaves has no description"):
        list(list_sections(Undescribed))


def test_rows_tell_types_ranges_and_defaults():
    section, flours = list_sections(Bakery)
    assert section.rows == [
        ("`loaves`", "whole number, 1 to 9", "`3`", "How many."),
        ("`owner`", "text, not empty", "–", "Who bakes | sells."),
        ("`flours`", "table [`[flours]`](#flours)", "–", "What is in a sack."),
    ]
    assert "Who bakes \\| sells." in "\n".join(section.render())
    assert flours.paragraphs[1] == 'Each line is *a word of yours* = *one of `"rye"`, `"wheat"`*.'
    assert flours.example == '[flours]\n"sack 1" = "rye"'


def test_settings_that_are_deprecated_or_no_part_of_the_file_are_not_listed():
    names = {row[0] for row in next(list_sections(Bakery)).rows}
    assert names & {"`stone_oven`", "`folder`"} == set()


def test_the_example_is_a_shop_file():
    shop = load_shop(EXAMPLE)
    assert shop.name == EXAMPLE.stem
    assert EXAMPLE.read_text(encoding="utf-8").strip() in render_settings()


@pytest.mark.parametrize(
    "section",
    [section for section in SECTIONS if section.example],
    ids=lambda section: section.table,
)
def test_the_example_of_a_table_is_accepted(tmp_path, section):
    path = tmp_path / "shop.toml"
    path.write_text(
        f'name = "shop"\n[orders]\nprofile = "jd"\n{section.example}\n', encoding="utf-8"
    )
    load_shop(path)


def test_the_examples_of_plain_settings_are_accepted(tmp_path):
    """They stand in the column of types, `such as …`."""
    path = tmp_path / "shop.toml"
    examples = [
        f"[{section.table}]\n{row[0].strip('`')} = {row[1].partition('such as ')[2].strip('`')}"
        for section in SECTIONS
        for row in section.rows
        if "such as" in row[1]
    ]
    assert examples
    path.write_text(
        "\n".join(['name = "shop"', "[orders]", 'profile = "jd"', *examples]), encoding="utf-8"
    )
    load_shop(path)


def test_every_note_belongs_to_a_table():
    assert set(NOTES) - {section.table for section in SECTIONS} == set()


def test_links_within_the_page_lead_to_its_sections():
    """GitHub makes an anchor of a title: small letters, without brackets, dots and quotes."""
    page = render_settings()
    titles = re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert set(re.findall(r"\]\(#([^)]+)\)", page)) - anchors == set()


def test_profiles_are_those_there_are():
    """The list of exports lies above the settings, where their descriptions cannot read it."""
    assert set(re.findall(r"`(\w+)`", NOTES["orders"].rpartition("The profiles: ")[2])) == set(
        PROFILES
    )
    for part, reader in (("items", "items"), ("events", "events")):
        able = {name for name, profile in PROFILES.items() if getattr(profile, reader)}
        note = NOTES[part].rpartition("Of the profiles ")[2]
        assert set(re.findall(r"`(\w+)`", note)) == able
