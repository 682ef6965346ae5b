"""Read every image once before training: is it whole, and is it there twice?"""

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..errors import BadData
from .images import load
from .pixels import Pixels

ON_BAD_FILE = ("error", "skip")


def verify_images(
    paths: Sequence[Path], on_bad_file: str = "error"
) -> tuple[list[Path], list[Path]]:
    """Decode all images and tell the good from the bad.

    Args:
        paths: image files.
        on_bad_file: "error" refuses them all where one is bad; "skip" leaves the bad ones out.

    Raises:
        BadData: some cannot be read; the first five are named.
    """
    problems = [problem for _, problem in examine(paths)]
    refuse(problems, on_bad_file)
    good = [path for path, problem in zip(paths, problems, strict=True) if not problem]
    return good, [path for path, problem in zip(paths, problems, strict=True) if problem]


def examine(paths: Sequence[Path], pixels: Pixels | None = None) -> list[tuple[str, str]]:
    """Say the sha256 of each file, and what is wrong with it; empty where nothing is.

    Args:
        paths: image files.
        pixels: where the decoded images are kept, for they will be asked for; or they are kept
            there already, and so known to be whole.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        marks = list(pool.map(_hash, paths))
        good = [i for i, mark in enumerate(marks) if mark]
        wrong = pixels and pixels.keep([paths[i] for i in good], [(marks[i], 0) for i in good])
        if wrong is None:
            return list(zip(marks, pool.map(_problem, paths), strict=True))
    problems = {good[i]: why for i, why in wrong.items()}
    problems |= {i: _problem(path) for i, path in enumerate(paths) if not marks[i]}
    return [(mark, problems.get(i, "")) for i, mark in enumerate(marks)]


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _problem(path: Path) -> str:
    try:
        load(path, side=1)
    except BadData as error:
        return str(error)
    return ""


def refuse(problems: Sequence[str], on_bad_file: str) -> list[str]:
    """Stop at examples that cannot be used, or say in a note that they are skipped.

    Args:
        problems: a clause for each example, empty where it is good.
        on_bad_file: "error" or "skip".

    Returns:
        Notes.

    Raises:
        BadData: some are bad and none may be skipped.
    """
    if on_bad_file not in ON_BAD_FILE:
        raise BadData(f"on_bad_file is {on_bad_file!r}, but must be 'error' or 'skip'")
    bad = [problem for problem in problems if problem]
    if not bad:
        return []
    named = "; ".join(bad[:5]) + (f"; and {len(bad) - 5} more" if len(bad) > 5 else "")
    if on_bad_file == "skip":
        return [f"skipped {len(bad)} of {len(problems)} examples: {named}"]
    if len(bad) == 1:
        raise BadData(named, "mend or remove it, or skip it with --on-bad-file skip")
    raise BadData(
        f"{len(bad)} of {len(problems)} examples cannot be used: {named}",
        "mend or remove them, or skip them with --on-bad-file skip",
    )
