"""Tables of texts, or of image files, with labels."""

import hashlib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadData
from .cells import listed, plain, problem, see_column
from .examples import Parts, Rows, Split
from .pixels import Pixels
from .sheets import Sheet, read_sheet
from .split import settle
from .verify import examine, refuse


@dataclass(frozen=True)
class Table:
    """A CSV, TSV, JSONL or Parquet file of texts or image files with labels.

    Args:
        path: the file.
        text: the column of texts; where neither it nor `image` is named, the one so called.
        image: the column of image files, seen from the table's folder.
        label: the column of labels.
        validation: part of each class to hold out, 0 to 1; or a second file.
        on_bad_file: "error", or "skip" to leave out rows that cannot be used.
    """

    path: str
    text: str | None = None
    image: str | None = None
    label: str = "label"
    validation: float | str = 0.2
    on_bad_file: str = "error"

    def open(self, seed: int, *, pixels: Pixels | None = None) -> Split:
        """Check all rows and split them.

        Args:
            seed: another seed holds out others.
            pixels: where images are kept that are decoded to check them.

        Raises:
            BadData: they cannot be learned from; says which row and column.
        """
        share = 0.0 if isinstance(self.validation, str) else self.validation
        return settle(self.parts(pixels), share, seed, self.path)

    def parts(self, pixels: Pixels | None = None) -> Parts:
        """List the examples with their labels, as the files hold them.

        Raises:
            BadData: a file, column or row is missing or bad.
        """
        train, modality = _rows(self, self.path, self.label, pixels)
        if not isinstance(self.validation, str):
            return Parts(train, None, None, modality)
        validation, other = _rows(self, self.validation, self.label, pixels)
        if other != modality:
            raise BadData(f"{self.path} holds {modality}s, but {self.validation} holds {other}s")
        return Parts(train, validation, None, modality)


def read_inputs(table: Table) -> tuple[tuple[Path, ...] | tuple[str, ...], tuple[str, ...]]:
    """Read a table's texts or image files, which need no labels.

    Returns:
        Inputs, and where each comes from.
    """
    rows, _ = _rows(table, table.path, None)
    return rows.inputs, rows.origins


def _rows(
    table: Table, file: str, label: str | None, pixels: Pixels | None = None
) -> tuple[Rows, str]:
    path = Path(file).expanduser()
    sheet = read_sheet(path)
    column, modality = _content(table, sheet, path)
    given = _column(sheet, column, path)
    inputs: list[Any] = [plain(value) for value in given]
    labels = [""] * len(inputs)
    problems = [problem(value, column) for value in given]
    if label is not None:
        values = _column(sheet, label, path)
        labels = [unicodedata.normalize("NFC", (plain(v) or "").strip()) for v in values]
        for i, value in enumerate(values):
            problems[i] = problems[i] or problem(value, label)
    usable = [i for i, why in enumerate(problems) if not why]
    marks = [""] * len(inputs)
    if modality == "image":
        inputs = [path.parent / (value or "") for value in inputs]
        for i, seen in zip(usable, examine([inputs[i] for i in usable], pixels), strict=True):
            marks[i], problems[i] = seen
    else:
        for i in usable:
            marks[i] = hashlib.sha256(inputs[i].encode()).hexdigest()
    problems = [
        f"{at}: {why}" if why else "" for at, why in zip(sheet.origins, problems, strict=True)
    ]
    notes = tuple(refuse(problems, table.on_bad_file))
    rows = Rows(tuple(inputs), tuple(labels), sheet.origins, tuple(marks), notes)
    return rows.take([i for i, why in enumerate(problems) if not why]), modality


def _content(table: Table, sheet: Sheet, path: Path) -> tuple[str, str]:
    """Say which column holds the inputs, and what they are."""
    if table.text is not None and table.image is not None:
        raise BadData(
            f"both a text column, {table.text!r}, and an image column, {table.image!r}, are named "
            f"for {path}, but examples are one or the other"
        )
    if table.text is not None:
        return table.text, "text"
    if table.image is not None:
        return table.image, "image"
    for name in ("text", "image"):
        if name in sheet.columns:
            return name, name
    raise BadData(
        f"{path} has no column 'text' or 'image', but {listed(sheet.columns)}",
        "name the column of texts or of image files",
    )


def _column(sheet: Sheet, name: str, path: Path) -> list[Any]:
    see_column(name, sheet.columns, path)
    return sheet.column(name)
