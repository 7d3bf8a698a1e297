"""Every knob of a shop, read once from its TOML, and the places a run writes to.

A shop is data, not code: `shops/<name>.toml` in the repository and any TOML outside it work the same. What is not a
knob here is a decision in `docs/decisions.md`.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import quote
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from winback.errors import EnvironmentMissing, ShopFileInvalid, ShopFileMissing, ShopFileUnreadable
from winback.tables import EVENT_KINDS

SHOP_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")  # CONTRACTS 1: it becomes a folder and a registry name
Format = Literal["auto", "csv", "tsv", "whitespace", "parquet", "xlsx", "json"]
Status = Literal["paid", "cancelled", "refunded", "unpaid", "deposit", "ignore"]
DayOrder = Literal["auto", "dmy", "mdy"]
Decimals = Literal["auto", "point", "comma"]


class _Knobs(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OrderColumns(_Knobs):
    """Our name = the name in the export. What the export lacks is left out."""

    customer_id: str
    ordered_at: str
    order_id: str | None = None
    amount: str | None = Field(None, description="Line total in currency units, after discounts.")
    unit_price: str | None = Field(None, description="Price of one unit; multiplied by `quantity`.")
    order_amount: str | None = Field(None, description="Total of the order, repeated or given once; counted once.")
    quantity: str | None = None
    sku: str | None = None
    product_name: str | None = None
    category: str | None = None
    discount: str | None = None
    list_price: str | None = None
    unit_cost: str | None = None
    status: str | None = None
    channel: str | None = None
    known_at: str | None = None
    refunded_at: str | None = None
    refund_amount: str | None = Field(None, description="What was paid back of the order; its time is `refunded_at`.")
    phone: str | None = Field(None, description="Kept only as a hash; two platforms merge on it.")
    recipient: str | None = Field(None, description="Who receives it (a phone or an address); kept only as a hash.")
    deposit_of: str | None = Field(None, description="The deposit order (预售定金) that this one pays the rest of.")
    wholesale: str | None = Field(None, description="Yes where the seller says it went to a trader.")
    brushing: str | None = Field(None, description="Yes where the seller says it is fake (刷单).")
    note: str | None = Field(None, description="The seller's note, searched for the words below; never kept.")
    currency: str | None = Field(None, description="Rows of another currency than the shop's are kept apart.")


class _Source(_Knobs):
    """Files or a database query, and how they are written where reading cannot tell."""

    paths: tuple[Path, ...] = Field((), description="Files, folders or patterns such as exports/*.csv.")
    database: str | None = Field(None, description="An SQLAlchemy URL; ${NAME} is taken from the environment.")
    query: str | None = None
    profile: str | None = None
    platform: str | None = Field(
        None, pattern=r"^[a-z0-9_]{1,32}$", description="Put before its ids: two shops may both have a 17."
    )
    format: Format = "auto"
    encoding: str = "auto"
    sheet: str | None = Field(None, description="Of a workbook; left out: every sheet headed like the first.")
    dates: DayOrder = Field("auto", description="Which comes first in 02/03/2026.")
    decimals: Decimals = Field("auto", description="What stands before the cents.")
    year: int | None = Field(None, ge=1970, le=2100, description="Of dates that name none.")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        if (self.database is None) != (self.query is None):
            raise ValueError("database and query belong together")
        if self.database and self.paths:
            raise ValueError("name paths or a database, not both")
        return self


class Orders(_Source):
    """Where orders come from: columns of your own, or a profile that knows the export."""

    columns: OrderColumns | None = None
    status: dict[str, Status] = {}
    wholesale_units: int | None = Field(None, ge=1, description="Units of an order from which it is wholesale.")
    wholesale_words: tuple[str, ...] = Field(("批发",), description="In the seller's note.")
    brushing_words: tuple[str, ...] = Field(("刷单", "补单"), description="In the seller's note.")
    counts: tuple[Literal["gift", "wholesale", "brushing"], ...] = Field(
        (), description="What counts as an order all the same."
    )
    accept_unit_change: bool = Field(False, description="Amounts may differ more than fivefold from file to file.")


class ItemColumns(_Knobs):
    """Our name = the name in the item sheet."""

    order_id: str
    sku: str | None = None
    product_name: str | None = None
    category: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None
    discount: str | None = None
    list_price: str | None = None


class Items(_Source):
    """An item sheet: what each order of the order sheet held, joined by the order's number."""

    columns: ItemColumns | None = None


class EventColumns(_Knobs):
    """Our name = the name in the export."""

    customer_id: str
    occurred_at: str
    kind: str
    value: str | None = None
    ref: str | None = None
    known_at: str | None = None


class Events(_Source):
    """Where events come from. `kinds` translates the export's words into EVENT_KINDS."""

    columns: EventColumns | None = None
    kinds: dict[str, str] = {}

    @field_validator("kinds")
    @classmethod
    def _our_kinds(cls, kinds: dict[str, str]) -> dict[str, str]:
        for kind in kinds.values():
            if kind not in EVENT_KINDS:
                near = difflib.get_close_matches(kind, EVENT_KINDS, 1)
                hint = f"; did you mean {near[0]!r}?" if near else ""
                raise ValueError(f"{kind!r} is no kind of event we know{hint} The kinds are {', '.join(EVENT_KINDS)}")
        return kinds


class ProductColumns(_Knobs):
    """Our name = the name in the product list."""

    sku: str
    product_id: str | None = Field(None, description="The platform's own number of the product (商品ID).")
    name: str | None = None
    category: str | None = None
    list_price: str | None = None
    cost: str | None = None
    stock: str | None = None


class Products(_Knobs):
    """A product list: what the export calls a product → the shop's SKU, its name, category, prices and stock (B57)."""

    path: Path
    columns: ProductColumns


class Identity(_Knobs):
    """Which ids are one person (B55). Merges are made anew at every import, so that taking one back undoes it."""

    map: Path | None = Field(None, description="A table of two columns: an id, and the customer it belongs to.")
    phones: bool = Field(True, description="Whether two platforms' ids merge on an identical phone hash.")


class Quality(_Knobs):
    """From where on the data raise an alarm (B57–B59)."""

    freshness_days: float = Field(8.0, gt=0, description="Age of the newest order: a weekly export and a day.")
    refused_share: float = Field(0.05, ge=0, le=1)
    missing_share: float = Field(0.15, ge=0, le=1, description="Of a column the shop maps (B57).")
    duplicate_share: float = Field(0.50, ge=0, le=1)
    unmatched_share: float = Field(0.15, ge=0, le=1, description="Of ids or products without a match (B57).")
    volume_ratio: tuple[float, float] = Field((0.4, 2.5), description="The last whole week against the eight before.")


class Segments(_Knobs):
    """Thresholds of CONTRACTS 4; a number set here replaces the quantile fixed at training."""

    silence_days: int | None = Field(None, ge=1, le=3650, description="S (A1, C1).")
    high_frequency_days: int = Field(3, ge=1, description="Purchase days ever that make a customer high F (A5).")
    high_monetary_quantile: float = Field(0.60, gt=0, lt=1, description="Of lifetime net spend (A5).")
    high_monetary_cents: int | None = None
    high_value_quantile: float = Field(0.80, gt=0, lt=1, description="Of a year's net spend (C5).")
    high_value_cents: int | None = None
    low_behaviour_score: float = Field(20.0, ge=0, le=100, description="B at or below this is low (B43).")
    high_risk: float = Field(0.70, ge=0, le=1, description="B42.")
    medium_risk: float = Field(0.40, ge=0, le=1)
    weights: tuple[float, float, float, float] = Field((0.35, 0.30, 0.20, 0.15), description="R, F, M, B (B39).")
    coupon_claims: int = Field(5, ge=1, description="Claims in 30 days that make price-sensitive (B45).")
    discounted_share: float = Field(0.80, ge=0, le=1)
    bargain_share: float = Field(0.80, ge=0, le=1, description="Of spend, for class B (A8).")
    cart_days: int = Field(30, ge=1, le=30, description="How long an unpaid cart is worth a message (B15).")
    first_order_days: int = Field(7, ge=1, description="Silence after a first order that is worth a message (B49).")


class Journey(_Knobs):
    """Numbers of touchpoints, tags and never-contact rules; they take effect at the next score, without a new model."""

    review_days: int = Field(7, ge=1, description="After a first order without a review (B49, B71).")
    no_activity_days: int = Field(15, ge=1, description="Silence from which missing activities matter (B49).")
    no_order_days: int = Field(90, ge=1, description="Without an order (B49).")
    refund_days: int = Field(3, ge=0, description="A refund asked for so long ago is late (B18, C15).")
    many_coupons: int = Field(3, ge=1, description="Claimed in 30 days (B7, C15).")
    late_shipment_days: int = Field(7, ge=1, description="A parcel under way for longer is late (C15).")
    open_shipment_days: int = Field(30, ge=1, description="A parcel sent longer ago is taken as delivered.")
    broadcast_days: int = Field(7, ge=0, description="No message after the shop's own broadcast (CONTRACTS 4).")
    night_carts: int = Field(1, ge=1, description="At night within a week (B78).")
    full_price_share: float = Field(0.10, ge=0, le=1, description="Orders with something off, at most: pays the full price.")
    regular_spread: float = Field(0.50, ge=0, description="Spread of their gaps by its mean, at most: orders by habit.")
    fading_share: float = Field(0.10, ge=0, le=1, description="Of a year's orders in the last 90 days, at most: is fading.")
    weekend_orders_share: float = Field(0.60, ge=0, le=1, description="Orders at weekends, at least.")
    evening_hour: float = Field(19.0, ge=0, le=24, description="Mean hour of their orders, at least: buys in the evening.")
    many_categories: int = Field(4, ge=2, description="In a year: explores the shop.")
    many_views: int = Field(10, ge=1, description="In 30 days without an order: looks and does not buy.")
    many_questions: int = Field(3, ge=1, description="To the service in 90 days: wants to be served (B85).")


class ContactColumns(_Knobs):
    """Our name = the name in the list of contacts."""

    customer_id: str
    wecom: str | None = Field(None, description="A WeCom contact: an external_userid, or yes.")
    phone: str | None = Field(None, description="Looked at, never kept: whether an SMS can reach them.")
    email: str | None = Field(None, description="Looked at, never kept: whether a letter can reach them.")
    platform: str | None = Field(None, description="A name on a marketplace, or yes: a platform audience reaches them.")
    owner: str | None = Field(None, description="Who looks after them (follow_user).")
    owner_left: str | None = Field(None, description="Yes where that person has left the shop.")
    last_chat_at: str | None = Field(None, description="Of several owners the one who last chatted is named.")
    unsubscribed: str | None = Field(None, description="Yes where they want no messages.")


class Contacts(_Knobs):
    """Who can be reached how, and who looks after them: a list such as WeCom or a CRM exports (CONTRACTS 4, Reach)."""

    path: Path
    columns: ContactColumns


class Messages(_Knobs):
    """What every message needs to know of the shop."""

    language: Literal["zh", "en"] | None = Field(None, description="Left out: Chinese where the shop counts in CNY.")
    shop_name: str | None = Field(None, description="As customers know it; left out: the name of the shop file.")
    sms_sign: str | None = Field(None, description="The registered sign with its brackets, such as 【木屋家居】.")
    sms_opt_out: str | None = Field(
        None, min_length=1, description="Ends every SMS; left out: 拒收请回复R, Reply STOP to opt out."
    )
    email_opt_out: str | None = Field(None, description="Address of the page that ends e-mails; no e-mail goes without one.")
    sms_segments: int = Field(2, ge=1, le=10, description="How many SMS one message may cost.")

    @field_validator("sms_sign")
    @classmethod
    def _a_sign(cls, sign: str | None) -> str | None:
        if sign is not None and not re.fullmatch(r"【[^【】\s][^【】]*】|\[[^\[\]\s][^\[\]]*\]", sign):
            raise ValueError("write the registered sign with its brackets, such as 【木屋家居】")
        return sign


class Recall(_Knobs):
    """How much of the weekly list can be worked on."""

    capacity: int | None = Field(None, ge=0, description="Customers a week; left out: no limit. 0 is none.")
    capacity_of_owner: int | None = Field(None, ge=0, description="Customers a week of one owner.")
    budget_cents: int | None = Field(None, ge=0, description="For the week's offers at their full cost.")
    blackout: tuple[date, ...] = Field((), description="Days on which nobody is written to, such as those of a sale.")


# Thresholds of a trade (C5, B81); a shop's own file goes before them. Home goods are bought seldom, so two purchase days are
# many and a first order may rest for a month. Beauty is used up: a month without joining in is long, and a cart is old after
# two weeks. `source` has the amounts and days source B names in yuan: M from ¥2,000 a year (B43), silent after 90 days (B49).
PRESETS: Mapping[str, Mapping[str, Any]] = {
    "home": {
        "segments": {"high_frequency_days": 2, "first_order_days": 30},
        "journey": {"review_days": 14, "no_activity_days": 30, "no_order_days": 180, "many_categories": 3},
        "playbook": "home",
    },
    "beauty": {
        "segments": {"high_frequency_days": 3, "first_order_days": 7, "cart_days": 14},
        "journey": {"review_days": 10, "no_activity_days": 30, "no_order_days": 90, "many_views": 15},
        "playbook": "beauty",
    },
    "source": {
        "segments": {"silence_days": 90, "high_value_cents": 200_000},
        "journey": {"no_order_days": 90},
        "playbook": "general",
    },
}


class Shop(_Knobs):
    """One shop. Paths are absolute, or relative to its file."""

    name: str
    timezone: str = "UTC"
    currency: str = Field("CNY", pattern="^[A-Z]{3}$")
    outcome_days: int | None = Field(None, ge=1, le=730, description="H; left out: from the shop's own gaps.")
    population_days: int = Field(365, ge=1, le=3650)
    orders: tuple[Orders, ...]
    items: tuple[Items, ...] = ()
    events: tuple[Events, ...] = ()
    products: Products | None = None
    identity: Identity = Identity()
    quality: Quality = Quality()
    preset: Literal["home", "beauty", "source"] | None = Field(
        None, description="A trade's thresholds and playbook; yours go before."
    )
    segments: Segments = Segments()
    journey: Journey = Journey()
    playbook: str | None = Field(None, description="A name in playbooks/ beside the shop file, or one of ours; or a path.")
    contacts: Contacts | None = None
    messages: Messages = Messages()
    recall: Recall = Recall()
    sales: dict[str, tuple[date, ...]] = Field(
        {}, description="Days of each sale or feast that moves with the year (MODEL 2.9)."
    )
    folder: Path = Field(Path(), exclude=True, description="Where the shop file lies; set by the reader.")

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, told: Any) -> Any:
        """What the preset says where the shop file says nothing."""
        preset = PRESETS.get(str(told.get("preset"))) if isinstance(told, Mapping) else None
        if preset is None or not all(isinstance(told.get(key, {}), Mapping) for key in ("segments", "journey")):
            return told
        filled = {key: {**preset[key], **told.get(key, {})} for key in ("segments", "journey")}
        return {"playbook": preset["playbook"], **told, **filled}

    @field_validator("orders", "items", "events", mode="before")
    @classmethod
    def _one_or_many(cls, given: Any) -> Any:
        """`[orders]` is one source, `[[orders]]` several."""
        return [given] if isinstance(given, Mapping) else given

    @field_validator("name")
    @classmethod
    def _safe_name(cls, name: str) -> str:
        if not SHOP_NAME.fullmatch(name):
            raise ValueError(f"{name!r} must match {SHOP_NAME.pattern}: it becomes a folder's name")
        return name

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        if zone not in available_timezones():
            near = difflib.get_close_matches(zone, available_timezones(), 1)
            raise ValueError(f"{zone!r} is no time zone" + (f"; did you mean {near[0]!r}?" if near else ""))
        return zone


@dataclass(frozen=True)
class Home:
    """Where everything made at run time lies (CONTRACTS 1)."""

    root: Path

    def shop(self, name: str) -> Path:
        return self.root / "var" / name

    def models(self, name: str) -> Path:
        return self.root / "models" / name

    @property
    def runs(self) -> Path:
        return self.root / "mlruns"


def read_shop(path: Path, environment: Mapping[str, str] | None = None) -> Shop:
    """The shop a TOML describes. Refuses, naming file, key and value, what it does not understand.

    environment: fills in `${NAME}` in the address of a database, so that no password stands in the file.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ShopFileMissing(file=str(path)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ShopFileUnreadable(file=str(path), detail=str(error)) from None
    try:
        told = _filled(tomllib.loads(text), environment or {})
        return Shop(**{**told, "folder": path.resolve().parent})
    except tomllib.TOMLDecodeError as error:
        raise ShopFileUnreadable(file=str(path), detail=str(error)) from None
    except ValidationError as error:
        raise ShopFileInvalid(file=str(path), detail=first_fault(error, Shop)) from None


def _filled(told: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    def value(found: re.Match[str]) -> str:
        if found[1] not in environment:
            raise EnvironmentMissing(name=found[1])
        # A password may hold what an address gives a meaning; an address as a whole is taken as it is.
        return environment[found[1]] if found[0] == found.string else quote(environment[found[1]], safe="")

    for kind in ("orders", "items", "events"):
        sources = told.get(kind, [])
        for source in sources if isinstance(sources, list) else [sources]:
            if isinstance(source, dict) and isinstance(source.get("database"), str):
                source["database"] = re.sub(r"\$\{(\w+)\}", value, source["database"])
    return told


def first_fault(error: ValidationError, root: type[BaseModel]) -> str:
    """The first thing wrong, in words: `orders.columns.amout is not a setting; did you mean 'amount'?`."""
    # A misspelt setting also leaves the right one missing; the spelling is what to mend.
    fault = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    # Of several sources the later ones have a number.
    place = ".".join(str(part) for part in fault["loc"] if part not in (0, "[key]"))
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _settings_at(fault["loc"][:-1], root), 1)
        return f"{place} is not a setting" + (f"; did you mean {near[0]!r}?" if near else "")
    if fault["type"] == "missing":
        return f"{place} is missing"
    seen, said = fault["input"], fault["msg"].removeprefix("Value error, ")
    if isinstance(seen, Mapping):  # a whole part of the file, which would tell nothing
        return f"{place}: {said}" if place else said
    return f"{place} = {seen!r}: {said}"


def _settings_at(place: tuple[int | str, ...], root: type[BaseModel]) -> list[str]:
    """The names a part of a file may have; none where they are the user's own."""
    model: Any = root
    for part in place:
        if part not in model.model_fields:  # a place in a list, or a name of the user's
            continue
        choices = [model.model_fields[part].annotation]
        for each in choices:  # Orders of tuple[Orders, ...], X of X | None, Offer of Mapping[str, Offer]
            choices += getattr(each, "__args__", ())
        models = [each for each in choices if isinstance(each, type) and issubclass(each, BaseModel)]
        if not models:
            return []
        model = models[0]
    return list(model.model_fields)
