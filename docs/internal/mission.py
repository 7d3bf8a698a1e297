"""`mission.md` from `mission.toml`: every id of the mission, what does it and what proves it;
`--check` says if it is stale."""

import sys
import tomllib
from pathlib import Path

from winback.core.generated_pages import write_or_check

HERE = Path(__file__).parent
STATES = {
    "done": "done",
    "later": "comes later",
    "reading": "how we read it",
    "claim": "shown as a claim",
    "out": "not built",
}
TITLES = {
    "A": "Source A: the consultant's case",
    "B": "Source B: the plan",
    "C": "Contradictions and gaps, with our reading",
}


def load_rules() -> dict[str, dict[str, str]]:
    """What the table says of each id; `state` is `done` where nothing is said."""
    entries = tomllib.loads((HERE / "mission.toml").read_text(encoding="utf-8"))
    return {name: {"state": "done", **entry} for name, entry in entries.items()}


def render_page() -> str:
    """The table as Markdown."""
    parts = [
        "# The mission, rule by rule", "",
        "Generated from `mission.toml` by `make docs`; do not edit. `make check` and "
        "`tests/test_mission.py` hold it true:",
        "every id is here, every file and name exists, and every test is one that runs.",
    ]  # fmt: skip
    for letter, title in TITLES.items():
        parts += [
            "",
            f"## {title}",
            "",
            "| id | what | state | code or data | proved by |",
            "|---|---|---|---|---|",
        ]
        parts += [_row(name, entry) for name, entry in load_rules().items() if name[0] == letter]
    return "\n".join(parts) + "\n"


def _row(name: str, entry: dict[str, str]) -> str:
    state = STATES[entry["state"]] + (f": {entry['note']}" if "note" in entry else "")
    code, test = (f"`{entry[key]}`" if key in entry else "–" for key in ("code", "test"))
    return f"| {name} | {entry['what']} | {state} | {code} | {test} |"


def main(arguments: list[str]) -> int:
    """Write the page, or with --check say whether it is up to date; returns the exit code."""
    return write_or_check({HERE / "mission.md": render_page()}, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
