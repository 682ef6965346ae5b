"""The report: all that can be said of a run, as one file that needs nothing else."""

import os
from collections.abc import Callable
from pathlib import Path

from ..data import HubDataset, ImageFolder, Table
from ..fresh import check_file
from .data import inspect
from .judged import judge
from .page import page

__all__ = ["write_report"]


def write_report(
    run: str | Path,
    out: str | Path | None = None,
    *,
    data: ImageFolder | Table | HubDataset | None = None,
    step: Callable[[str, int, int], None] = lambda doing, done, total: None,
) -> Path:
    """Write what can be said of a run as one HTML file, whole or not at all.

    Args:
        run: its folder.
        out: the file, which is replaced where it is there; `report.html` in the run without it.
        data: labelled examples to judge it by; without, its own validation examples.
        step: is told how far a long piece of work is.

    Raises:
        BadInput: it is not a run, the data cannot be used, or the file cannot be written.
    """
    folder = Path(run).expanduser()
    path = Path(out).expanduser() if out else folder / "report.html"
    check_file(path)
    asked = judge(folder, data, step)
    text = page(asked, inspect(asked, step))
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, "utf-8", errors="backslashreplace")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return path
