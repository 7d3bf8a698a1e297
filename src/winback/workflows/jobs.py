"""The jobs a page or a timer can ask for: each a workflow's name and arguments, typed. They run
in a process of their own (`job_process`), so that whoever asks loads none of what they need."""

from typing import Literal

import msgspec

from winback.i18n.translate import Language


class ImportSources(msgspec.Struct, tag="import", frozen=True):
    """Import the shop's exports again."""


class PreviewImport(msgspec.Struct, tag="preview_import", frozen=True):
    """Say what some files seem to be, and write the sources they make. answers: `KEY=VALUE`.
    is_first_look: nobody has answered yet, so they may be the next ones of a source there is."""

    files: list[str]
    name: str
    out: str
    answers: list[str]
    is_first_look: bool = False


class MakeRecallList(msgspec.Struct, tag="recall", frozen=True):
    """Make this week's list."""


class PreviewMessages(msgspec.Struct, tag="preview_messages", frozen=True):
    """Show the messages a customer would get. play: another than theirs."""

    customer_id: str
    play: str | None = None


class PlanWave(msgspec.Struct, tag="plan", frozen=True):
    """Plan this week's wave."""


class ApproveWave(msgspec.Struct, tag="approve", frozen=True):
    """Approve a wave. customers: how many are contacted, as read."""

    wave_id: str
    customers: int
    despite_warnings: bool = False


class StopWave(msgspec.Struct, tag="stop", frozen=True):
    """Stop a wave for good."""

    wave_id: str


class SendDueMessages(msgspec.Struct, tag="run", frozen=True):
    """Send what is due."""


class RunDailyCheck(msgspec.Struct, tag="look", frozen=True):
    """Check data, model and waves."""


class PromoteModel(msgspec.Struct, tag="promote", frozen=True):
    """Let a version score from now on."""

    version: str


class RollBackModel(msgspec.Struct, tag="rollback", frozen=True):
    """Let the model score that scored before."""


class MakeReview(msgspec.Struct, tag="review", frozen=True):
    """Write the weekly report or the monthly review."""

    kind: Literal["weekly", "monthly"]


class DiagnoseShop(msgspec.Struct, tag="diagnosis", frozen=True):
    """Write the diagnosis."""


Job = (
    ImportSources
    | PreviewImport
    | MakeRecallList
    | PreviewMessages
    | PlanWave
    | ApproveWave
    | StopWave
    | SendDueMessages
    | RunDailyCheck
    | PromoteModel
    | RollBackModel
    | MakeReview
    | DiagnoseShop
)


class JobRequest(msgspec.Struct, frozen=True):
    """A job, the shop it is for, who asks, and in which language it speaks."""

    shop_file: str
    language: Language
    actor: str
    job: Job


def get_job_kind(job: Job) -> str:
    """The name a job has in the ledger and on pages."""
    return job.kind if isinstance(job, MakeReview) else str(job.__struct_config__.tag)


def encode_request(request: JobRequest) -> bytes:
    """A request as JSON, for a process of its own."""
    return msgspec.json.encode(request)


def decode_request(text: bytes) -> JobRequest:
    """A request from JSON. Raises msgspec.ValidationError."""
    return msgspec.json.decode(text, type=JobRequest)
