"""Who can be reached how: the list of contacts and its columns."""

from pathlib import Path

from pydantic import Field

from winback.config.settings import Settings


class ContactColumns(Settings):
    """What the columns of the list of contacts are called: our name = the name in your list.
    Anything but an empty cell, 0, no, false, 否 and the like is a yes; of several rows of one
    customer one yes will do."""

    customer_id: str = Field(description="Who it is: the id of the orders.")
    wecom: str | None = Field(
        None,
        description="Their WeCom contact: an `external_userid`, or yes. Left out: only WeCom "
        "friends of the events are reached so.",
    )
    phone: str | None = Field(
        None,
        description="Their phone number, or yes: SMS and calls reach them. A number is kept in "
        "the vault alone.",
    )
    email: str | None = Field(
        None,
        description="Their e-mail address, or yes: e-mails reach them. An address is kept in the "
        "vault alone.",
    )
    platform: str | None = Field(
        None,
        description="Their name on a marketplace, or yes: its audiences reach them. Buyers of a "
        "marketplace's own export are reached anyway.",
    )
    owner: str | None = Field(
        None, description="Who looks after them (`follow_user`): whose list they are on."
    )
    owner_left: str | None = Field(
        None, description="Yes where that owner has left the shop. Left out: all are still there."
    )
    last_chat_at: str | None = Field(
        None,
        description="When they last chatted with that owner: of several owners the latest is "
        "named. Left out: the last by name.",
    )
    unsubscribed: str | None = Field(
        None,
        description="Yes where they want no messages: they get none. Left out: nobody said so.",
    )
    timezone: str | None = Field(
        None,
        description="Where they are, such as Asia/Urumqi: quiet hours go by it. Left out: the "
        "shop's `timezone`.",
    )
    sms_consent: str | None = Field(
        None,
        description="Yes, on every row of theirs, where they agreed to SMS; see `consent` in "
        "`[waves]`.",
    )
    email_consent: str | None = Field(
        None,
        description="Yes, on every row of theirs, where they agreed to e-mails; see `consent` in "
        "`[waves]`.",
    )


class ContactSettings(Settings):
    """Who can be reached how, and who looks after them: a list such as WeCom or a CRM exports."""

    path: Path = Field(description="The list: a CSV, a workbook, JSON or Parquet.")
    columns: ContactColumns = Field(
        description="The names of its columns; one that is named and not there is refused."
    )
    vault_key: str | None = Field(
        None,
        pattern="^[0-9a-fA-F]{64}$",
        description="What addresses are sealed under: 64 hexadecimal digits, as `${NAME}` from the "
        "environment. Left out: the file `vault.key`.",
    )
