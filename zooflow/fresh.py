"""The place where a run shall be written. Imports no ML library."""

from pathlib import Path

from .errors import BadInput


def check_free(out: Path) -> None:
    """Refuse a folder that is there already.

    Raises:
        BadInput: it is.
    """
    if out.exists() or out.is_symlink():
        raise BadInput(
            f"{out} exists already, and nothing is overwritten",
            hint="choose another --out, or remove it first",
        )


def next_free(folder: Path, name: str) -> Path:
    """Give the first of `name-1`, `name-2`, … that is not in a folder yet."""
    number = 1
    while (folder / f"{name}-{number}").exists():
        number += 1
    return folder / f"{name}-{number}"
