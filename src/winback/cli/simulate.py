"""`winback simulate`: a shop of known truth, week by week through the whole loop."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winback.cli.console import print_json, run_command
from winback.cli.options import AsJson, Lang
from winback.i18n.numbers import format_count
from winback.i18n.translate import Language, translate
from winback.workflows.process import (
    clear_progress,
    create_console,
    get_home,
    relative_path,
    show_progress,
)

if TYPE_CHECKING:
    from winback.simulation.weekly_run import Simulation


def simulate(
    folder: Annotated[
        Path, typer.Argument(help="Folder of the simulated shop; created if missing.")
    ],
    world: Annotated[
        str, typer.Option("--world", help="friendly, no_effect, harmful or pull_forward.")
    ] = "friendly",
    weeks: Annotated[
        int, typer.Option("--weeks", min=0, max=104, help="How many more weeks to simulate.")
    ] = 0,
    customers: Annotated[int, typer.Option("--customers", min=100, max=200_000)] = 3_000,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 7,
    name: Annotated[str, typer.Option("--name", help="Name of the shop.")] = "demo",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Simulate a shop week by week: export, import, plan, approve, send, and let the messages work
    as the chosen world says."""

    def run(language: Language) -> None:
        from winback.config.shop import load_shop
        from winback.simulation import weekly_run

        home = get_home()
        simulation = weekly_run.create(folder, name, world, seed, customers)
        shop = load_shop(simulation.shop_file)
        is_trained = home.get_models_folder(shop.name).exists()
        if weeks and is_trained:
            show_week = partial(_show_week, language=language)
            simulation = weekly_run.simulate(simulation, home, weeks, show_week)
            clear_progress()
        truth = weekly_run.compute_truth(simulation, home) if simulation.week else {}
        if as_json:
            file = str(simulation.shop_file)
            print_json({"shop_file": file, "world": world, "weeks": simulation.week, **truth})
        else:
            _print_simulation(simulation, is_trained, truth, language)

    run_command(lang, run)


def _show_week(week: int, whole: int, language: Language) -> None:
    values = {"week": week + 1, "weeks": whole}
    show_progress(translate("simulate.progress", language, values))


def _print_simulation(
    simulation: "Simulation", is_trained: bool, truth: Mapping[str, object], language: Language
) -> None:
    from winback.config.shop import load_shop
    from winback.simulation.shop import HISTORY_DAYS
    from winback.simulation.weekly_run import get_now

    console, file = create_console(), relative_path(simulation.shop_file)
    begun = {
        "folder": relative_path(simulation.folder),
        "customers": format_count(simulation.customers),
        "world": simulation.world,
        "days": HISTORY_DAYS,
        "file": file,
    }
    console.print(translate("simulate.begun", language, begun), markup=False)
    if not is_trained:
        console.print(translate("simulate.train", language, {"file": file}), markup=False)
    elif simulation.week:
        day = f"{get_now(simulation, load_shop(simulation.shop_file)):%Y-%m-%d}"
        lived = {"weeks": simulation.week, "day": day}
        console.print(translate("simulate.lived", language, lived))
        console.print(translate("simulate.truth", language, truth))
