"""One shop as its TOML describes it, the places a run writes to, and what is refused of a shop
file."""

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from winback.config.cases import CaseSettings
from winback.config.channels import KINDS, ONLY_OF, AlertSettings, ChannelSettings
from winback.config.contacts import ContactSettings
from winback.config.measurement import MeasurementSettings
from winback.config.messaging import ChannelName, MessageSettings, RecallSettings, WaveSettings
from winback.config.segmentation import PRESETS, JourneySettings, SegmentSettings
from winback.config.service import ServiceSettings
from winback.config.settings import Settings
from winback.config.sources import (
    EventSource,
    IdentitySettings,
    ItemSource,
    OrderSource,
    ProductSource,
    QualitySettings,
)
from winback.core.errors import (
    EnvironmentMissing,
    ShopFileInvalid,
    ShopFileMissing,
    ShopFileUnreadable,
)

SHOP_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")  # it becomes a folder and a registry name


class Shop(Settings):
    """One shop. Paths are absolute, or relative to its file."""

    name: str = Field(
        description="Small letters, digits, `-` and `_`, at most 63: it names the shop's folders."
    )
    timezone: str = Field(
        "UTC",
        description="The shop's own clock, such as `Asia/Shanghai`: its days, and times without a "
        "zone.",
    )
    currency: str = Field(
        "CNY",
        pattern="^[A-Z]{3}$",
        description="The shop's money. Rows in another one are refused; amounts of offers are in "
        "it.",
    )
    outcome_days: int | None = Field(
        None,
        ge=1,
        le=730,
        description="H: churned is no order in so many days. Left out: by the shop's own gaps, 14, "
        "30, 60, 90, 180 or 365.",
    )
    population_days: int = Field(
        365,
        ge=1,
        le=3650,
        description="The model learns from customers with an order in so many days, and is judged "
        "on them.",
    )
    orders: tuple[OrderSource, ...] = Field(description="Where orders come from.")
    items: tuple[ItemSource, ...] = Field(
        (),
        description="Where the lines of orders come from, if they are in a sheet of their own.",
    )
    events: tuple[EventSource, ...] = Field(
        (),
        description="Where views, carts, coupons, complaints and the like come from. Left out: "
        "the model learns from orders alone.",
    )
    products: ProductSource | None = Field(
        None, description="The shop's product list. Left out: products are known by their orders."
    )
    identity: IdentitySettings = Field(IdentitySettings(), description="Which ids are one person.")
    quality: QualitySettings = Field(
        QualitySettings(), description="From where on the data raise an alert."
    )
    preset: Literal["home", "beauty", "source"] | None = Field(
        None,
        description="Thresholds and playbook of a trade, or the amounts of the plan (`source`); "
        "what the file says goes before. Left out: none.",
    )
    segments: SegmentSettings = Field(SegmentSettings(), description="Thresholds of the segments.")
    journey: JourneySettings = Field(
        JourneySettings(), description="Numbers of touchpoints, tags and never-contact rules."
    )
    playbook: str | None = Field(
        None,
        description="A name in `playbooks/` beside the shop file, or one of ours; or a path. Left "
        "out: `general` for CNY, else `international`.",
    )
    contacts: ContactSettings | None = Field(
        None,
        description="The list of who can be reached how. Left out: nothing is known of it, and "
        "anybody may be on a list.",
    )
    messages: MessageSettings = Field(
        MessageSettings(), description="What every message needs to know of the shop."
    )
    recall: RecallSettings = Field(
        RecallSettings(), description="How much of the weekly list can be worked on."
    )
    service: ServiceSettings = Field(
        ServiceSettings(), description="What the service calls old, and how long it waits."
    )
    waves: WaveSettings = Field(
        WaveSettings(), description="The holdout, and how often and when customers are contacted."
    )
    cases: CaseSettings = Field(
        CaseSettings(), description="How soon who asks or complains is answered."
    )
    measurement: MeasurementSettings = Field(
        MeasurementSettings(), description="How waves are judged."
    )
    channels: dict[ChannelName, ChannelSettings] = Field(
        {},
        description="Where each channel's messages go. A channel left out: to hand-off lists.",
    )
    alerts: AlertSettings | None = Field(
        None, description="Who gets alerts. Left out: the WeCom group, if `robot` names one."
    )
    ledger: str | None = Field(
        None,
        description="A database's URL, such as `postgresql+psycopg://me:${PASSWORD}@host/winback`. "
        "Left out: a file beside the shop's tables.",
    )
    sales: dict[str, tuple[date, ...]] = Field(
        {},
        description="The days of each sale or feast, year by year: a season is compared with "
        "itself, though its date moves.",
        examples=[{"lunar_new_year": ["2025-01-29", "2026-02-17"]}],
    )
    folder: Path = Field(
        Path(), exclude=True, description="Where the shop file lies; set by the reader."
    )

    @model_validator(mode="before")
    @classmethod
    def _apply_preset(cls, values: Any) -> Any:
        """What the preset says where the shop file says nothing."""
        preset = PRESETS.get(str(values.get("preset"))) if isinstance(values, Mapping) else None
        if preset is None or not all(
            isinstance(values.get(key, {}), Mapping) for key in ("segments", "journey")
        ):
            return values
        filled = {key: {**preset[key], **values.get(key, {})} for key in ("segments", "journey")}
        return {"playbook": preset["playbook"], **values, **filled}

    @field_validator("orders", "items", "events", mode="before")
    @classmethod
    def _as_list(cls, given: Any) -> Any:
        """`[orders]` is one source, `[[orders]]` several."""
        return [given] if isinstance(given, Mapping) else given

    @field_validator("channels")
    @classmethod
    def _check_channels(
        cls, channels: dict[ChannelName, ChannelSettings]
    ) -> dict[ChannelName, ChannelSettings]:
        for name, settings in channels.items():
            if ONLY_OF.get(settings.kind, name) != name:
                raise ValueError(f"{settings.kind} is for {ONLY_OF[settings.kind]}, not for {name}")
        return channels

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if not SHOP_NAME.fullmatch(name):
            raise ValueError(f"{name!r} must match {SHOP_NAME.pattern}: it becomes a folder's name")
        return name

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, zone: str) -> str:
        if zone not in available_timezones():
            near = difflib.get_close_matches(zone, available_timezones(), 1)
            raise ValueError(
                f"{zone!r} is no time zone" + (f"; did you mean {near[0]!r}?" if near else "")
            )
        return zone


def load_shop(path: Path, environment: Mapping[str, str] | None = None) -> Shop:
    """The shop a TOML describes. Refuses, naming file, key and value, what it does not understand.

    environment: fills in `${NAME}` in the address of a database, so that no password stands in the
    file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ShopFileMissing(file=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ShopFileUnreadable(file=str(path), detail=str(error)) from None
    try:
        values = _fill_environment(
            _add_uploads(tomllib.loads(text), get_uploads_path(path)), environment or {}
        )
        return Shop(**{**values, "folder": path.resolve().parent})
    except tomllib.TOMLDecodeError as error:
        raise ShopFileUnreadable(file=str(path), detail=str(error)) from None
    except ValidationError as error:
        raise ShopFileInvalid(file=str(path), detail=describe_first_error(error, Shop)) from None


def get_uploads_path(path: Path) -> Path:
    """Where sources uploaded on the dashboard stand, beside the shop file, which nobody's
    program rewrites."""
    return path.with_suffix(".uploads.json")


def _add_uploads(values: dict[str, Any], uploads: Path) -> dict[str, Any]:
    """A shop file with what was uploaded, as if it stood in it. Raises ShopFileUnreadable."""
    try:
        added = json.loads(uploads.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return values
    except (OSError, ValueError) as error:
        raise ShopFileUnreadable(file=str(uploads), detail=str(error)) from None
    for kind in ("orders", "items", "events"):
        known = values.get(kind, [])
        values[kind] = [*([known] if isinstance(known, Mapping) else known), *added.get(kind, [])]
    return values


_NAMED = r"\$\{(\w+)\}"


def _fill_environment(values: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    def get_value(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise EnvironmentMissing(name=match[1])
        # A password may hold what an address gives a meaning; an address as a whole is taken as it
        # is.
        return (
            environment[match[1]]
            if match[0] == match.string
            else quote(environment[match[1]], safe="")
        )

    for kind in ("orders", "items", "events"):
        sources = values.get(kind, [])
        for source in sources if isinstance(sources, list) else [sources]:
            if isinstance(source, dict) and isinstance(source.get("database"), str):
                source["database"] = re.sub(_NAMED, get_value, source["database"])
    if isinstance(values.get("ledger"), str):
        values["ledger"] = re.sub(_NAMED, get_value, values["ledger"])
    channels = values.get("channels")
    secretive = [
        *(channels.values() if isinstance(channels, dict) else ()),
        values.get("contacts"),
        values.get("alerts"),
    ]
    for part, name in product(secretive, ("secret", "password", "robot", "vault_key")):
        if isinstance(part, dict) and isinstance(part.get(name), str):
            part[name] = re.sub(_NAMED, get_value, part[name])
    return values


def describe_first_error(error: ValidationError, root: type[BaseModel]) -> str:
    """The first thing wrong, in words: `orders.columns.amout is not a setting; did you mean
    'amount'?`."""
    # A misspelt setting also leaves the right one missing; the spelling is what to mend.
    fault = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    # Of several sources the later ones have a number.
    place = ".".join(str(part) for part in fault["loc"] if part not in (0, "[key]", *KINDS))
    if fault["type"] in ("union_tag_not_found", "union_tag_invalid"):
        return f"{place}.kind = {fault['input'].get('kind')!r}: choose among {', '.join(KINDS)}"
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(
            str(fault["loc"][-1]), _list_settings_at(fault["loc"][:-1], root), 1
        )
        return f"{place} is not a setting" + (f"; did you mean {near[0]!r}?" if near else "")
    if fault["type"] == "missing":
        return f"{place} is missing"
    value, message = fault["input"], fault["msg"].removeprefix("Value error, ")
    if isinstance(value, Mapping):  # a whole part of the file, which would tell nothing
        return f"{place}: {message}" if place else message
    return f"{place} = {value!r}: {message}"


def _list_settings_at(place: tuple[int | str, ...], root: type[BaseModel]) -> list[str]:
    """The names a part of a file may have; none where they are the user's own."""
    model: Any = root
    for part in place:
        if part not in model.model_fields:  # a place in a list, or a name of the user's
            continue
        choices = [model.model_fields[part].annotation]
        for (
            each
        ) in choices:  # Orders of tuple[Orders, ...], X of X | None, Offer of Mapping[str, Offer]
            choices += getattr(each, "__args__", ())
        models = [
            each for each in choices if isinstance(each, type) and issubclass(each, BaseModel)
        ]
        if not models:
            return []
        model = models[0]
    return list(model.model_fields)
