"""The slow tests with longer budgets; keeps `benchmarks/soak.json`: each test's last soak with
date, minutes, versions, and what it counted.

    python benchmarks/soak.py [TESTS …]

All of it takes a night and more; parts of it (`make soak TESTS=tests/ledger`) are run by
themselves, and the others keep what they last said.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
REPORT = HERE / "soak.json"
SOAK = {"WINBACK_SOAK": "1", "WINBACK_SOAK_FILES": "50000"}  # what the environment says comes first
LIBRARIES = (
    "duckdb",
    "numpy",
    "pandas",
    "pyarrow",
    "xgboost-cpu",
    "scikit-learn",
    "sqlalchemy",
    "uvicorn",
)


def main(tests: list[str]) -> int:
    """Run the tests marked `full`, all or some, with WINBACK_SOAK set; returns pytest's exit
    code."""
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-m", "full", f"--junitxml={results}", *tests]
        code = subprocess.run(
            command, cwd=HERE.parent, env={**SOAK, **os.environ}, check=False
        ).returncode
        keep(results)
    return code


def keep(results: Path) -> None:
    """Write what a run's JUnit file says into the report, beside what other tests last said."""
    now = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version(),
           "versions": {name: version(name) for name in LIBRARIES}}  # fmt: skip
    known: dict[str, Any] = (
        json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.exists() else {}
    )
    for case in ET.parse(results).iter("testcase"):
        outcome = next(
            (child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed"
        )
        minutes = round(float(case.get("time", 0)) / 60, 1)
        counts = {each.get("name"): each.get("value") for each in case.iter("property")}
        known[f"{case.get('classname')}.{case.get('name')}"] = {
            "outcome": outcome,
            "minutes": minutes,
            **({"counts": counts} if counts else {}),
            **now,
        }
    REPORT.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
