"""Playbooks as files: found by name or path, put together with what they extend, and checked."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from winback.config.shop import describe_first_error
from winback.core.errors import PlaybookInvalid, PlaybookMissing, PlaybookUnreadable
from winback.playbooks.playbook import Playbook

LIBRARY = Path(__file__).parent / "library"  # our own playbooks
MOST_EXTENDED = 8  # a longer chain of playbooks is a circle


def load_playbook_file(name: str, folders: Sequence[Path]) -> Playbook:
    """A playbook by its name or its path, with what it extends.

    A name is looked for in `playbooks/` in each folder, then among ours, then in the folders
    themselves.

    Raises PlaybookMissing, PlaybookUnreadable and PlaybookInvalid, which names the file, the entry
    and what is wrong.
    """
    content, file = _read_extended(name, folders, 0)
    # A promise broken goes before any offer, whatever trade's plays were put on top.
    content["plays"] = sorted(
        content.get("plays", []), key=lambda play: play.get("service") is not True
    )
    try:
        return Playbook(**content)
    except ValidationError as error:
        raise PlaybookInvalid(file=file, detail=describe_first_error(error, Playbook)) from None


def _read_extended(name: str, folders: Sequence[Path], depth: int) -> tuple[dict[str, Any], str]:
    """What a playbook's TOML and those it extends say together, and its file."""
    path = _find_file(name, folders)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PlaybookUnreadable(
            file=str(path), detail=f"byte {error.start} is not UTF-8; save it as UTF-8"
        ) from None
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise PlaybookUnreadable(file=str(path), detail=str(error).rstrip(".")) from None
    extended, left_out = content.pop("extends", None), content.pop("without", [])
    _check_shape(content, left_out, str(path))
    if extended is None:
        return content, str(path)
    if depth == MOST_EXTENDED:
        raise PlaybookInvalid(
            file=str(path),
            detail=f"extends = {extended!r}: playbooks extend one another in a circle",
        )
    below, _ = _read_extended(str(extended), [path.parent, *folders], depth + 1)
    for key in ("offers", "templates", "caps_a_week"):
        content[key] = {**below.get(key, {}), **content.get(key, {})}
    inherited = {play["name"]: play for play in below.get("plays", [])}
    for gone in left_out:
        if gone not in inherited:
            raise PlaybookInvalid(
                file=str(path), detail=f"without names {gone!r}, which is no play of {extended}"
            )
    own = {play.get("name"): play for play in content.get("plays", [])}
    # A play of the same name takes the other's place; new ones come first.
    plays = [own.get(each, play) for each, play in inherited.items() if each not in left_out]
    content["plays"] = [*(play for each, play in own.items() if each not in inherited), *plays]
    return {**{key: below[key] for key in ("currencies",) if key in below}, **content}, str(path)


def _check_shape(content: Mapping[str, object], left_out: object, file: str) -> None:
    """Refuse what cannot be put together with another playbook. Raises PlaybookInvalid."""
    if not (isinstance(left_out, list) and all(isinstance(each, str) for each in left_out)):
        raise PlaybookInvalid(
            file=file, detail=f"without = {left_out!r}: write a list of names of plays"
        )
    for key in ("offers", "templates", "caps_a_week"):
        if not isinstance(content.get(key, {}), dict):
            raise PlaybookInvalid(
                file=file, detail=f"{key} = {content[key]!r}: write a table, [{key}.name]"
            )
    plays = content.get("plays", [])
    if not (
        isinstance(plays, list)
        and all(isinstance(each, dict) and isinstance(each.get("name"), str) for each in plays)
    ):
        raise PlaybookInvalid(
            file=file, detail="plays: write each as a table [[plays]] with a name"
        )


def _find_file(name: str, folders: Sequence[Path]) -> Path:
    if name.endswith(".toml") or "/" in name:
        places = [folder / name for folder in folders] or [Path(name)]
    else:
        searched = [*(folder / "playbooks" for folder in folders), LIBRARY, *folders]
        places = [folder / f"{name}.toml" for folder in searched]
    for place in places:
        if place.is_file():
            return place
    libraries = [*(folder / "playbooks" for folder in folders), LIBRARY]
    known = sorted(
        {path.stem for folder in libraries for path in folder.glob("*.toml") if path.is_file()}
    )
    raise PlaybookMissing(value=name, known=", ".join(known) or "–")
