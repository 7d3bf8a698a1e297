"""`winback simulate`: a shop of known truth, week by week through the whole loop."""

import json
import os
from pathlib import Path
from typing import Annotated

import typer

from winback.cli.console import done, explained, home_of, language_of, near, progress, wide_console
from winback.cli.options import AsJson, Lang
from winback.i18n.translate import say


def simulate(
    folder: Annotated[
        Path, typer.Argument(help="Where the simulated shop lives; made where there is none.")
    ],
    world: Annotated[
        str, typer.Option("--world", help="friendly, no_effect, harmful or pull_forward.")
    ] = "friendly",
    weeks: Annotated[
        int, typer.Option("--weeks", min=0, max=104, help="How many weeks to live on.")
    ] = 0,
    customers: Annotated[int, typer.Option("--customers", min=100, max=200_000)] = 3_000,
    seed: Annotated[int, typer.Option("--seed", min=0)] = 7,
    name: Annotated[str, typer.Option("--name", help="What the shop is called.")] = "demo",
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Live a simulated shop: export, import, plan, approve, send, and let the messages do what
    the world says."""
    language = language_of(lang, os.environ)

    def run() -> None:
        from winback.config.shop import read_shop
        from winback.simulation.shop import HISTORY_DAYS
        from winback.simulation.weekly_run import begin, live, now_of, truth

        home = home_of(os.environ)
        simulation = begin(folder, name, world, seed, customers)
        shop = read_shop(simulation.shop_file)
        trained = home.models(shop.name).exists()
        if weeks and trained:
            simulation = live(
                simulation,
                home,
                weeks,
                lambda week, whole: progress(
                    say("simulate.progress", language, {"week": week + 1, "weeks": whole})
                ),
            )
            done()
        what = truth(simulation, home) if simulation.week else {}
        told = {
            "shop_file": str(simulation.shop_file),
            "world": world,
            "weeks": simulation.week,
            **what,
        }
        if as_json:
            print(json.dumps(told, ensure_ascii=False))
            return
        console = wide_console()
        console.print(
            say(
                "simulate.begun",
                language,
                {
                    "folder": near(folder),
                    "customers": f"{customers:,}",
                    "world": world,
                    "days": HISTORY_DAYS,
                    "file": near(simulation.shop_file),
                },
            ),
            markup=False,
        )
        if not trained:
            console.print(
                say("simulate.train", language, {"file": near(simulation.shop_file)}), markup=False
            )
        elif simulation.week:
            day = f"{now_of(simulation, shop):%Y-%m-%d}"
            console.print(say("simulate.lived", language, {"weeks": simulation.week, "day": day}))
            console.print(say("simulate.truth", language, what))

    raise typer.Exit(explained(run, language))
