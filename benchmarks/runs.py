"""How every benchmark here measures: a step in a process of its own, its CPU and peak memory from
the system's accounting.

Steps are run in turn, round after round, and compared within a round, because the machine's speed
drifts; what is reported is the median and range of the per-round ratios.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LIBRARIES = ("duckdb", "numpy", "pandas", "pyarrow", "xgboost-cpu")


def rounds(
    script: str, steps: Sequence[str], arguments: Sequence[str], count: int
) -> list[dict[str, dict[str, float]]]:
    """Each step once a round: {step: {cpu seconds, wall seconds, peak MiB, and what the step
    prints}}."""
    done = []
    for number in range(count):
        done.append({step: in_own_process(script, step, arguments) for step in steps})
        print(f"round {number + 1}/{count}: {json.dumps(done[-1])}", file=sys.stderr)
    return done


def ratio(
    done: Sequence[Mapping[str, Mapping[str, float]]], upper: str, lower: str, figure: str
) -> dict[str, float]:
    """One step's figure over another's: median, least and greatest over the rounds."""
    values = [each[upper][figure] / each[lower][figure] for each in done]
    return {
        "median": round(statistics.median(values), 3),
        "least": round(min(values), 3),
        "greatest": round(max(values), 3),
    }


def report(
    name: str, goals: Mapping[str, tuple[dict[str, float], str, float]], facts: Mapping[str, Any]
) -> None:
    """Print every ratio beside its goal and write `benchmarks/<name>.json`. goals: ratio, "≤" or
    "≥", and the goal."""
    lines = {}
    for what, (figures, sign, goal) in goals.items():
        met = figures["median"] <= goal if sign == "≤" else figures["median"] >= goal
        lines[what] = {**figures, "goal": f"{sign} {goal}", "met": met}
        span = f"{figures['median']} ({figures['least']}–{figures['greatest']})"
        print(f"{'met   ' if met else 'MISSED'} {what}: {span}, goal {sign} {goal}")
    machine = {"cores": os.cpu_count(), "load": os.getloadavg(), "python": platform.python_version(),
               **{library: version(library) for library in LIBRARIES}}  # fmt: skip
    whole = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine,
        "ratios": lines,
        **facts,
    }
    (HERE / f"{name}.json").write_text(
        json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )


def measured(step: Any, *arguments: Any) -> None:
    """Run a step in this process and print its figures; the process measures itself from here
    on."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    facts = step(*arguments) or {}
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        json.dumps(
            {
                "cpu": cpu,
                "wall": time.perf_counter() - start,
                "peak_mib": after.ru_maxrss / 1024,
                **facts,
            }
        )
    )


def in_own_process(script: str, step: str, arguments: Sequence[str]) -> dict[str, float]:
    """Run one step of a script and return the figures it prints."""
    command = [sys.executable, str(HERE / script), step, *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True, cwd=HERE)
    return dict(json.loads(out.stdout.splitlines()[-1]))
