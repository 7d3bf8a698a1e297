"""`winback simulate`: a shop of known truth, week by week through the whole loop."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from winback.cli.console import (
    choose_language,
    clear_progress,
    create_console,
    get_home,
    relative_path,
    run_and_exit_code,
    show_progress,
)
from winback.cli.options import AsJson, Lang
from winback.i18n.translate import translate


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
    language = choose_language(lang, os.environ)

    def run() -> None:
        from winback.config.shop import load_shop
        from winback.simulation.shop import HISTORY_DAYS
        from winback.simulation.weekly_run import compute_truth, create, get_now, simulate

        home = get_home(os.environ)
        simulation = create(folder, name, world, seed, customers)
        shop = load_shop(simulation.shop_file)
        trained = home.get_models_folder(shop.name).exists()
        if weeks and trained:
            simulation = simulate(
                simulation,
                home,
                weeks,
                lambda week, whole: show_progress(
                    translate("simulate.progress", language, {"week": week + 1, "weeks": whole})
                ),
            )
            clear_progress()
        what = compute_truth(simulation, home) if simulation.week else {}
        result = {
            "shop_file": str(simulation.shop_file),
            "world": world,
            "weeks": simulation.week,
            **what,
        }
        if as_json:
            print(json.dumps(result, ensure_ascii=False))
            return
        console = create_console()
        console.print(
            translate(
                "simulate.begun",
                language,
                {
                    "folder": relative_path(folder),
                    "customers": f"{customers:,}",
                    "world": world,
                    "days": HISTORY_DAYS,
                    "file": relative_path(simulation.shop_file),
                },
            ),
            markup=False,
        )
        if not trained:
            console.print(
                translate(
                    "simulate.train", language, {"file": relative_path(simulation.shop_file)}
                ),
                markup=False,
            )
        elif simulation.week:
            day = f"{get_now(simulation, shop):%Y-%m-%d}"
            console.print(
                translate("simulate.lived", language, {"weeks": simulation.week, "day": day})
            )
            console.print(translate("simulate.truth", language, what))

    raise typer.Exit(run_and_exit_code(run, language))
