"""The feature reference in `docs/`, generated from the list: `python -m winback.features.docs
[--check] FILE`."""

import sys
from pathlib import Path

from winback.core.generated_pages import write_or_check
from winback.features.dsl import Aggregate, Difference, Feature, Flag, Ratio, Stream
from winback.features.registry import FEATURES, GROUPS, hash_spec
from winback.features.rule_features import JOURNEY

_TITLES = {
    "R": "R: recency 最近购买",
    "F": "F: frequency 购买频次",
    "M": "M: monetary 消费金额",
    "B": "B: behaviour 互动行为",
}


def render_reference() -> str:
    """The reference as Markdown: every feature with its unit, meaning and formula, by group."""
    parts = [
        "# Features",
        "",
        f"Generated from the declared list by `make docs`; do not edit. {len(FEATURES)} features, "
        f"list `{hash_spec()[:12]}`.",
        "Every feature is a number as of a cut-off, made only of what was known before it. "
        "Missing means the shop sends no",
        "such data, or the customer has too little of it; it is never written as 0.",
    ]
    for group, title in _TITLES.items():
        parts += [
            "",
            f"## {title}",
            "",
            "| feature | unit | what it says | formula |",
            "|---|---|---|---|",
        ]
        parts += [_render_row(feature) for feature in FEATURES if GROUPS[feature.name] == group]
    parts += ["", "## Beside the list 旅程", ""]
    parts += [
        "Read by touchpoints, tags and never-contact rules; the model does not learn from them."
    ]
    parts += [
        "",
        "| quantity | unit | what it says | formula |",
        "|---|---|---|---|",
        *map(_render_row, JOURNEY),
    ]
    return "\n".join(parts) + "\n"


def _render_row(feature: Feature) -> str:
    return (
        f"| `{feature.name}` | {feature.unit} | {feature.meaning} | `{_render_formula(feature)}` |"
    )


def _render_formula(feature: Feature) -> str:
    match feature.formula:
        case Ratio(upper, lower):
            return f"{upper} / {lower}"
        case Difference(left, right):
            return f"{left} - {right}"
        case Flag(other, equals):
            return f"{other} = {equals}"
        case Aggregate() as aggregate:
            return _render_aggregate(aggregate)


def _render_aggregate(aggregate: Aggregate) -> str:
    inner = [
        part for part in (aggregate.by, aggregate.column, aggregate.flag) if part and part != "gap"
    ]
    inner += [str(aggregate.argument)] if aggregate.argument else []
    inner += [_render_stream(aggregate.other)] if aggregate.other else []
    gaps = ".gaps()" if aggregate.column == "gap" else ""
    return f"{_render_stream(aggregate.stream)}{gaps}.{aggregate.how}({', '.join(inner)})"


def _render_stream(stream: Stream) -> str:
    kinds = f".of({', '.join(stream.kinds)})" if stream.kinds else ""
    days = f".last({stream.days})" if stream.days else ""
    return f"{stream.source}{kinds}{days}{'.at_night()' if stream.night else ''}"


def main(arguments: list[str]) -> int:
    """Write the file, or with --check say whether it is up to date; returns the exit code."""
    return write_or_check({Path(arguments[-1]): render_reference()}, check="--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
