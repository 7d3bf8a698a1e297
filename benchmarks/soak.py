"""The slow tests with longer budgets; leaves `benchmarks/soak.json` with date, versions and what ran."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
SOAK = {"WINBACK_SOAK": "1", "WINBACK_SOAK_FILES": "50000"}  # what the environment says comes first


def main() -> int:
    """Run every test marked `full` with WINBACK_SOAK set; returns pytest's exit code."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        results = Path(scratch) / "results.xml"
        command = [sys.executable, "-m", "pytest", "-m", "full", f"--junitxml={results}"]
        code = subprocess.run(command, cwd=HERE.parent, env={**SOAK, **os.environ}, check=False).returncode
        cases = [
            {"test": f"{case.get('classname')}.{case.get('name')}", "seconds": round(float(case.get("time", 0)), 1),
             "outcome": next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")}
            for case in ET.parse(results).iter("testcase")
        ]  # fmt: skip
    report = {
        "date": datetime.now(UTC).date().isoformat(), "minutes": round((time.monotonic() - start) / 60, 1),
        "exit_code": code, "python": platform.python_version(),
        "versions": {name: version(name) for name in ("duckdb", "numpy", "pandas", "pyarrow", "xgboost-cpu", "scikit-learn")},
        "tests": cases,
    }  # fmt: skip
    (HERE / "soak.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
