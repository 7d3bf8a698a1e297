"""`winback rehearse`, which tries a wave on a copy, `winback audit`, which says whether the ledger
keeps its promises, and `winback wave budgets`, which says what all waves have cost."""

from dataclasses import asdict
from typing import Annotated

import typer

from winback.cli.console import print_json, run_command, to_plain
from winback.cli.options import AsJson, Lang, ShopFile
from winback.cli.wave import WaveId, wave_app
from winback.cli.wave_output import print_budgets, print_rehearsal, print_violations
from winback.i18n.translate import Language


def rehearse(
    shop: ShopFile,
    wave: WaveId,
    faults: Annotated[
        bool, typer.Option("--faults", help="Let the receivers lose, refuse and delay messages.")
    ] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Try a wave on a copy, through your kinds of channels, with receivers on this machine. Nothing
    leaves it and nothing is kept."""

    def run(language: Language) -> None:
        from winback.simulation.rehearsal import rehearse
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        result = rehearse(
            workspace.shop,
            workspace.load_playbook(),
            workspace.open_store(),
            workspace.open_ledger(),
            workspace.folder,
            wave,
            workspace.now,
            faults,
        )
        if as_json:
            found = [vars(each) for each in result.faults]
            print_json({**to_plain(vars(result)), "faults": found})
        else:
            print_rehearsal(result, wave, language)

    run_command(lang, run)


def audit(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Check the ledger: nobody lost, no group changed, every cap and budget kept, the audit log
    whole."""

    def run(language: Language) -> bool:
        from winback.workflows.wave import audit_waves
        from winback.workflows.workspace import open_workspace

        report = audit_waves(open_workspace(shop, language))
        if as_json:
            faults = [vars(each) for each in report.violations]
            unproven = report.unproven.isoformat() if report.unproven else None
            print_json({"well": not faults, "faults": faults, "unproven_before": unproven})
        else:
            print_violations(report.violations, language, report.unproven)
        return not report.violations

    run_command(lang, run)


@wave_app.command("budgets")
def budgets(shop: ShopFile, as_json: AsJson = False, lang: Lang = None) -> None:
    """Show what all waves of this month, quarter and half-year may cost, and have cost."""

    def run(language: Language) -> None:
        from winback.workflows.wave import list_budgets
        from winback.workflows.workspace import open_workspace

        workspace = open_workspace(shop, language)
        uses = list_budgets(workspace)
        if as_json:
            rows = ({**asdict(use), "left_minor": use.left_minor} for use in uses)
            print_json({"budgets": [to_plain(row) for row in rows]})
        else:
            print_budgets(uses, workspace.shop.currency, language)

    run_command(lang, run)
