"""Tables as their files hold them: every cell as it is written, and the row it stands in.

Not by pandas, which makes the labels "NA" and "None" missing and "01" the number 1.
"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadData

KINDS = ".csv, .tsv, .jsonl or .parquet"
csv.field_size_limit(2**31 - 1)  # the default refuses texts of more than 131,072 characters


@dataclass(frozen=True)
class Sheet:
    """A table.

    Args:
        columns: their names, in order.
        origins: where each row stands: "reviews.csv row 7".
        column: gives the values of a column by its name; None where one is missing.
    """

    columns: tuple[str, ...]
    origins: tuple[str, ...]
    column: Callable[[str], list[Any]]


def read_sheet(path: Path) -> Sheet:
    """Read a table by its ending.

    Raises:
        BadData: it is missing, of another kind, damaged, ragged, or not UTF-8; says which row.
    """
    if not path.is_file():
        raise BadData(f"{path} {'is a folder, not a table' if path.is_dir() else 'does not exist'}")
    readers = {".csv": _delimited, ".tsv": _delimited, ".parquet": _parquet}
    readers |= dict.fromkeys((".jsonl", ".ndjson"), _json_lines)
    if path.suffix.casefold() not in readers:
        raise BadData(f"{path} is not a table that zooflow reads", f"save it as {KINDS}")
    sheet = readers[path.suffix.casefold()](path)
    if not sheet.origins:
        raise BadData(f"{path} has no rows")
    return sheet


def _delimited(path: Path) -> Sheet:
    text = _text(path)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=_delimiter(path, text), strict=True
    )
    rows: list[list[str]] = []
    origins: list[str] = []
    number = line = 0
    try:
        for number, row in enumerate(reader, 1):
            start, line = line + 1, reader.line_num
            if not row:
                continue
            if rows and len(row) != len(rows[0]):
                raise BadData(
                    f"{path} row {number} has {len(row)} cells, but the header has {len(rows[0])}",
                    "put cells that contain the separator in double quotes",
                )
            rows.append(row)
            origins.append(f"{path} row {number}" + (f" (line {start})" if start != number else ""))
    except csv.Error as error:
        raise BadData(
            f"{path} row {number + 1} (line {line + 1}) is not well formed: {error}",
            'write a quote within a quoted cell twice: "a ""good"" one"',
        ) from error
    if not rows:
        raise BadData(f"{path} is empty")
    columns = tuple(name.strip() for name in rows[0])
    return Sheet(
        columns, tuple(origins[1:]), lambda name: [row[columns.index(name)] for row in rows[1:]]
    )


def _delimiter(path: Path, text: str) -> str:
    """Take what the header is separated by; some programs write CSV with other marks."""
    header = text.partition("\n")[0]
    marks = "\t,;" if path.suffix.casefold() == ".tsv" else ",;\t"
    return next((mark for mark in marks if mark in header), marks[0])


def _json_lines(path: Path) -> Sheet:
    rows: list[dict[str, Any]] = []
    origins: list[str] = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            why = str(error)
            if isinstance(error, json.JSONDecodeError):
                why = f"{error.msg.lower()} at column {error.colno}"
            raise BadData(
                f"{path} row {number} is not JSON: {why}", "write one JSON object a line"
            ) from error
        if not isinstance(row, dict):
            raise BadData(
                f"{path} row {number} is no JSON object but {line.strip()[:40]!r}",
                'write one object a line: {"text": "...", "label": "..."}',
            )
        rows.append(row)
        origins.append(f"{path} row {number}")
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Sheet(columns, tuple(origins), lambda name: [row.get(name) for row in rows])


def _parquet(path: Path) -> Sheet:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
        columns, count = tuple(file.schema_arrow.names), file.metadata.num_rows
    except (pyarrow.ArrowException, OSError) as error:
        raise BadData(f"{path} is not a whole Parquet file") from error

    def column(name: str) -> list[Any]:
        try:
            return file.read(columns=[name]).column(name).to_pylist()
        except (pyarrow.ArrowException, OSError) as error:
            raise BadData(f"{path} is damaged in column {name!r}") from error

    return Sheet(columns, tuple(f"{path} row {i + 1}" for i in range(count)), column)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadData(f"{path} cannot be read: {(error.strerror or str(error)).lower()}") from error
    if not data.strip():
        raise BadData(f"{path} is empty")
    if data.startswith(b"PK\x03\x04"):
        raise BadData(f"{path} is a workbook or archive, not text", f"save it as {KINDS}")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadData(f"{path} is written in UTF-16", "save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # utf-8-sig counts from behind the mark
        start = error.start + (3 if data.startswith(b"\xef\xbb\xbf") else 0)
        row = data.count(b"\n", 0, start) + 1
        raise BadData(
            f"{path} row {row} is not UTF-8: byte 0x{data[start]:02x} at offset {start}",
            "save it as UTF-8",
        ) from error
