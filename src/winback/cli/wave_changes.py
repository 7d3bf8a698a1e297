"""`winback wave pause`, `resume` and `edit`: what is changed about a wave after it was planned."""

from typing import Annotated

import typer

from winback.cli.console import run_command
from winback.cli.options import AsJson, Lang, ShopFile, Who
from winback.cli.wave import WaveId, wave_app
from winback.cli.wave_output import print_decision, print_edit
from winback.i18n.translate import Language


@wave_app.command("pause")
def pause(
    shop: ShopFile, wave: WaveId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Pause an approved wave: nothing more of it is sent until you resume it."""

    def run(language: Language) -> None:
        from winback.workflows.wave import pause_sending
        from winback.workflows.workspace import open_workspace

        paused = pause_sending(open_workspace(shop, language, by), wave)
        print_decision(paused, as_json, language)

    run_command(lang, run)


@wave_app.command("resume")
def resume_wave(
    shop: ShopFile, wave: WaveId, by: Who = None, as_json: AsJson = False, lang: Lang = None
) -> None:
    """Let a paused wave go on: what has become due is sent by the next run."""

    def run(language: Language) -> None:
        from winback.workflows.wave import resume_sending
        from winback.workflows.workspace import open_workspace

        resumed = resume_sending(open_workspace(shop, language, by), wave)
        print_decision(resumed, as_json, language)

    run_command(lang, run)


@wave_app.command("edit")
def edit(
    shop: ShopFile,
    wave: WaveId,
    old: Annotated[str, typer.Option("--replace", help="The phrase that is wrong.")],
    new: Annotated[str, typer.Option("--with", help="The phrase in its place.")],
    step: Annotated[int | None, typer.Option("--step", help="Only messages of this step.")] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Only messages of this channel.")
    ] = None,
    is_trial: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.")
    ] = False,
    by: Who = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Correct a text of a wave before its messages leave; an approved wave has to be paused."""

    def run(language: Language) -> None:
        from winback.delivery.text_edits import TextEdit
        from winback.workflows.wave import correct_texts
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language, by)
        result = correct_texts(workspace, wave, TextEdit(old, new, step, channel), is_trial)
        print_edit(wave, result, is_trial, as_json, language)

    run_command(lang, run)
