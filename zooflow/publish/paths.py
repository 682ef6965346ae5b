"""Paths of this machine, and how a file is freed from them."""

import html
import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any


def paths_in(
    run: Path, recipe: dict[str, Any], config: dict[str, Any], lock: dict[str, Any]
) -> dict[str, str]:
    """List the paths that a run's files name, and what is said instead: their last part.

    Args:
        run: its folder.
        recipe: what recipe.json holds.
        config: what config.json of its model holds.
        lock: what lock.json holds.
    """
    given = [
        str(run),
        recipe["backbone"],
        recipe["data"].get("path"),
        recipe["data"].get("validation"),
        config["card"]["source"],
        lock["backbone"]["source"],
    ]
    named = [each for each in given if isinstance(each, str) and _is_path(each)]
    forms = {form for each in named for form in (each, each.rstrip("/\\"), _absolute(each))}
    return {form: re.split(r"[/\\]", _absolute(form))[-1] or "data" for form in forms}


def cleaned(text: str, suffix: str, hidden: dict[str, str]) -> str:
    """Say the last part of each path in its stead.

    Args:
        text: of a file.
        suffix: of the file: ".json" and ".jsonl" are read, and cleaned value by value.
        hidden: see `paths_in`.
    """
    if suffix == ".json":
        values = _walk(json.loads(text), hidden)
        return json.dumps(values, indent=2, ensure_ascii=False) + "\n"
    if suffix == ".jsonl":
        lines = [json.dumps(_walk(json.loads(line), hidden)) for line in text.splitlines()]
        return "".join(f"{line}\n" for line in lines)
    return without(text, hidden | {html.escape(path): name for path, name in hidden.items()})


def without(text: str, hidden: dict[str, str]) -> str:
    """Replace paths that are known, and all that begins with a folder of this machine's."""
    for path in sorted(hidden, key=len, reverse=True):
        text = re.sub(
            rf"(?<![\w./\\-]){re.escape(path)}(?![\w-])", lambda _, p=path: hidden[p], text
        )
    for root in _roots():
        text = re.sub(
            rf"(?<![\w./\\-]){re.escape(root)}(?![\w.-])[^\s\"'<>|,;)]*",
            lambda match: _last(match[0]),
            text,
        )
    return text


def _is_path(given: str) -> bool:
    path = Path(given).expanduser()
    return "://" not in given and (path.is_absolute() or path.exists())


def _last(path: str) -> str:
    """Give the last part of a path; "…" for a place where people keep things itself."""
    path = path.rstrip("/\\")
    return "…" if path in _roots() else re.split(r"[/\\]", path)[-1]


def _walk(value: Any, hidden: dict[str, str]) -> Any:
    if isinstance(value, str):
        return without(value, hidden)
    if isinstance(value, list):
        return [_walk(each, hidden) for each in value]
    if isinstance(value, dict):
        return {key: _walk(each, hidden) for key, each in value.items()}
    return value


def _absolute(path: str) -> str:
    return os.path.abspath(os.path.expanduser(path))


def _roots() -> list[str]:
    """List where people keep things; "/" itself says nothing of a machine."""
    roots = {str(Path.home()), str(Path.cwd()), tempfile.gettempdir()}
    return sorted(roots - {os.path.abspath(os.sep)}, key=len, reverse=True)
