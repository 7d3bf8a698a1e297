"""Where messages of a channel go: to lists for people, to a receiver of the shop's own, to WeCom,
or to a mail server.

Secrets are written as ${NAME} and come from the environment.
"""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from winback.config.settings import Settings


def check_url(name: str, url: str, private: bool) -> str:
    """An address over HTTPS; over HTTP where it may lie in the shop's own network. Raises
    ValueError."""
    parts = urlsplit(url)
    if not parts.netloc.isascii():
        raise ValueError(f"write the host of {name} in its ASCII form, such as xn--…")
    if parts.port == 0:  # asking for one that is none raises, and says so
        raise ValueError("0 is no port")
    if (
        not parts.hostname
        or parts.username
        or parts.scheme not in (("http", "https") if private else ("https",))
    ):
        raise ValueError(f"write {name} as https://host/path, without a name or password in it")
    return url


class HandoffSettings(Settings):
    """A list for each owner, which people work on."""

    kind: Literal["handoff"] = Field(description="Messages go into lists for people.")


class AlertSettings(Settings):
    """A receiver of the shop's own that gets alerts, signed."""

    url: str = Field(
        description="The receiver's address, `https://host/path`, without a name or password in it."
    )
    secret: str = Field(
        min_length=16,
        description="What the signature is made with on both sides; write `${NAME}` to take it "
        "from the environment.",
    )
    private: bool = Field(
        False,
        description="Whether the receiver may lie in a private network or on this machine, and "
        "`url` begin with `http://`.",
    )

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        check_url("url", self.url, self.private)
        return self


class WebhookSettings(AlertSettings):
    """A receiver of the shop's own, such as an SMS gateway. Each message is one signed POST."""

    kind: Literal["webhook"] = Field(description="Messages go to the receiver at `url`.")
    key_hours: float | None = Field(
        None,
        ge=1,
        le=8760,
        description="For how many hours the receiver knows an `Idempotency-Key` again, such as 24. "
        "Left out: for good.",
    )


class WeComSettings(Settings):
    """A company's WeCom: a tag on the customer, or a task for whoever looks after them."""

    kind: Literal["wecom_tag", "wecom_task"] = Field(
        description="`wecom_tag` names the customer's play in a tag; `wecom_task` asks their owner "
        "to confirm a message."
    )
    corpid: str = Field(min_length=1, description="The company's id in WeCom (企业ID), `ww…`.")
    secret: str = Field(
        min_length=1,
        description="The secret of an application listed under 可调用接口的应用; write `${NAME}` "
        "to take it from the environment.",
    )
    root: str | None = Field(
        None, description="An address of the API of your own. Left out: WeCom's."
    )
    private: bool = Field(False, description="Whether `root` may begin with `http://`.")
    robot: str | None = Field(
        None,
        min_length=1,
        description="Key of a group robot, told once a day of what needs a person, and of alerts "
        "without `[alerts]`. Left out: no group is told.",
    )

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        if self.root is not None:
            check_url("root", self.root, self.private)
        return self


class SmtpSettings(Settings):
    """A mail server that takes the shop's e-mails."""

    kind: Literal["smtp"] = Field(description="Messages go out as e-mails.")
    host: str = Field(min_length=1, description="The mail server, such as `smtp.example.com`.")
    port: int = Field(
        465, ge=1, le=65535, description="Its port: 465 for `tls`, usually 587 for `starttls`."
    )
    security: Literal["tls", "starttls", "none"] = Field(
        "tls",
        description="How the connection is encrypted. `none` only for a server on this machine.",
    )
    user: str | None = Field(
        None, description="The name to log in with, beside `password`. Left out: no login."
    )
    password: str | None = Field(
        None, description="The password of `user`; write `${NAME}` to take it from the environment."
    )
    sender: str = Field(
        description="The address e-mails come from, such as `hello@shop.example`; ASCII only."
    )
    sender_name: str | None = Field(
        None, description="The name they come from. Left out: `shop_name`, else the shop's `name`."
    )
    unsubscribe: str = Field(
        description="The page of List-Unsubscribe, `https://…`: `/unsubscribe` of `winback serve`, "
        "or your own, which hands its `?t=TOKEN` on a POST to `winback opt-out --token`."
    )

    @field_validator("sender")
    @classmethod
    def _check_sender(cls, sender: str) -> str:
        if (
            sender.count("@") != 1
            or not sender.isascii()
            or any(sign in sender for sign in " <>,;\r\n")
        ):
            raise ValueError("write one address, such as hello@shop.example")
        return sender

    @model_validator(mode="after")
    def _check_complete(self) -> Self:
        check_url("unsubscribe", self.unsubscribe, private=False)
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError(
                "security = none sends names and passwords in the clear: only to a server on this "
                "machine"
            )
        if (self.user is None) != (self.password is None):
            raise ValueError("write user and password, or neither")
        return self


class AudienceSettings(Settings):
    """A file for each wave, to be loaded into a marketplace as an audience (平台人群包)."""

    kind: Literal["audience_file"] = Field(
        description="Customers' names on the marketplace go into one file for each wave and play."
    )


ChannelSettings = Annotated[
    HandoffSettings | WebhookSettings | WeComSettings | SmtpSettings | AudienceSettings,
    Field(discriminator="kind"),
]
KINDS = ("handoff", "webhook", "wecom_tag", "wecom_task", "smtp", "audience_file")
ONLY_OF = {
    "wecom_tag": "wecom",
    "wecom_task": "wecom",
    "smtp": "email",
    "audience_file": "audience",
}
