"""Who can be reached how: the list of contacts and its columns."""

from pathlib import Path

from pydantic import Field

from winback.config.sources import Settings


class ContactColumns(Settings):
    """Our name = the name in the list of contacts."""

    customer_id: str
    wecom: str | None = Field(None, description="A WeCom contact: an external_userid, or yes.")
    phone: str | None = Field(
        None, description="Looked at, never kept: whether an SMS can reach them."
    )
    email: str | None = Field(
        None, description="Looked at, never kept: whether a letter can reach them."
    )
    platform: str | None = Field(
        None, description="A name on a marketplace, or yes: a platform audience reaches them."
    )
    owner: str | None = Field(None, description="Who looks after them (follow_user).")
    owner_left: str | None = Field(None, description="Yes where that person has left the shop.")
    last_chat_at: str | None = Field(
        None, description="Of several owners the one who last chatted is named."
    )
    unsubscribed: str | None = Field(None, description="Yes where they want no messages.")
    timezone: str | None = Field(
        None, description="Where they are, such as Asia/Urumqi; left out: where the shop is."
    )
    sms_consent: str | None = Field(
        None, description="Yes where they agreed to SMS; no SMS goes without."
    )
    email_consent: str | None = Field(None, description="Yes where they agreed to e-mails.")


class ContactSettings(Settings):
    """Who can be reached how, and who looks after them: a list such as WeCom or a CRM exports."""

    path: Path
    columns: ContactColumns
    vault_key: str | None = Field(
        None,
        pattern="^[0-9a-fA-F]{64}$",
        description="What wraps the vault's keys, as ${NAME} from the environment; left out: a "
        "file beside the shop's tables.",
    )
