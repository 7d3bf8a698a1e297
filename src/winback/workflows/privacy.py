"""What a customer may ask of the shop: no more messages, to be erased, and what is known of
them."""

from winback import privacy
from winback.delivery.opt_out import (
    TypedKind,
    opt_out_address,
    opt_out_by_link,
    opt_out_customer,
)
from winback.workflows.workspace import Workspace


def opt_out(workspace: Workspace, customer_id: str, channel: str) -> None:
    """Send a customer no more messages. channel: one of ours, or `*` for all."""
    opt_out_customer(
        workspace.shop,
        workspace.home,
        workspace.open_ledger(),
        customer_id,
        channel,
        workspace.actor,
        workspace.now,
    )


def opt_out_by_address(workspace: Workspace, kind: TypedKind, address: str, channel: str) -> int:
    """Send nothing more to a phone number or an e-mail address; returns how many customers have
    it."""
    return opt_out_address(
        workspace.shop,
        workspace.home,
        workspace.open_ledger(),
        kind,
        address,
        channel,
        workspace.actor,
        workspace.now,
    )


def opt_out_by_token(workspace: Workspace, token: str) -> str:
    """Follow an unsubscribe link; returns the channel it stops."""
    return opt_out_by_link(
        workspace.shop, workspace.home, workspace.open_ledger(), token, workspace.now
    )


def erase_customer(workspace: Workspace, customer_id: str) -> privacy.ErasureCertificate:
    """Erase a customer for good; returns the certificate."""
    ledger = workspace.open_ledger()
    certificate = privacy.erase_customer(
        workspace.shop,
        ledger,
        workspace.folder,
        workspace.open_sender_state(ledger),
        customer_id,
        workspace.actor,
        workspace.now,
        workspace.show_file,
    )
    workspace.end_progress()
    return certificate


def export_customer(workspace: Workspace, customer_id: str) -> dict[str, object]:
    """Everything known of a customer, addresses included."""
    return privacy.export_customer_data(
        workspace.shop,
        workspace.open_ledger(),
        workspace.folder,
        customer_id,
        workspace.actor,
        workspace.now,
    )
