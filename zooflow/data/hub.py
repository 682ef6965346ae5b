"""Data sets of the Hugging Face hub, or folders laid out like one, by the `datasets` library.

Code that a data set brings is never run: the library has no longer any such thing.
"""

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadData, SourceUnavailable
from .cells import plain, problem, see_column
from .examples import Parts, Rows, Split
from .files import ENDINGS
from .pixels import Pixels
from .split import settle
from .verify import examine, refuse


@dataclass(frozen=True)
class HubDataset:
    """A data set of texts or images with labels.

    Args:
        path: "hf://datasets/OWNER/NAME", then perhaps "@REVISION", then perhaps ":CONFIG";
            or a folder.
        text: the column of texts.
        image: the column of images; where neither is named, the one that holds images, or "text".
        label: the column of labels.
        train: the split to learn from.
        validation: part of each class to hold out, 0 to 1; or the name of a split.
        test: the split to judge by.
        on_bad_file: "error", or "skip" to leave out examples that cannot be used.
    """

    path: str
    text: str | None = None
    image: str | None = None
    label: str = "label"
    train: str = "train"
    validation: float | str = 0.2
    test: str | None = None
    on_bad_file: str = "error"

    def open(self, seed: int, *, pixels: Pixels | None = None, cache: Path | None = None) -> Split:
        """Fetch, check and split all examples.

        Args:
            seed: another seed holds out others.
            pixels: where images are kept that are decoded to check them.
            cache: where data sets and their images are kept; by default where the library does.

        Raises:
            SourceUnavailable: the data set cannot be had.
            BadData: it cannot be learned from; says which split, row and column.
        """
        share = 0.0 if isinstance(self.validation, str) else self.validation
        return settle(self.parts(pixels, cache=cache), share, seed, self.path)

    def parts(self, pixels: Pixels | None = None, *, cache: Path | None = None) -> Parts:
        """Fetch all examples with their labels, as the data set holds them.

        Raises:
            SourceUnavailable: the data set cannot be had.
            BadData: a split, a column or an example is missing or bad.
        """
        splits = _fetch(self.path, cache)
        column, modality = self._content(splits)
        validation = self.validation if isinstance(self.validation, str) else None
        named = {"train": self.train, "validation": validation, "test": self.test}
        named = {part: name for part, name in named.items() if name is not None}
        for name in named.values():
            if name not in splits:
                known = ", ".join(map(repr, splits))
                raise BadData(f"{self.path} has no split {name!r}, but {known}")
        rows = {
            part: self._rows(splits[name], name, column, modality, pixels, cache)
            for part, name in named.items()
        }
        return Parts(rows["train"], rows.get("validation"), rows.get("test"), modality)

    def _content(self, splits: Any) -> tuple[str, str]:
        import datasets

        if self.text is not None and self.image is not None:
            raise BadData(
                f"both a text column, {self.text!r}, and an image column, {self.image!r}, are "
                f"named for {self.path}, but examples are one or the other"
            )
        features = next(iter(splits.values())).features
        pictures = [name for name, kind in features.items() if isinstance(kind, datasets.Image)]
        if self.image is not None:
            see_column(self.image, list(features), self.path)
            if self.image not in pictures:
                raise BadData(f"column {self.image!r} of {self.path} holds no images")
            return self.image, "image"
        if self.text is None and len(pictures) == 1:
            return pictures[0], "image"
        return self.text or "text", "text"

    def _rows(
        self,
        split: Any,
        name: str,
        column: str,
        modality: str,
        pixels: Pixels | None,
        cache: Path | None,
    ) -> Rows:
        import datasets
        from datasets.config import HF_DATASETS_CACHE

        for wanted in (column, self.label):
            see_column(wanted, split.column_names, self.path)
        kind = split.features[self.label]
        origins = tuple(f"{self.path} {name}[{i}]" for i in range(len(split)))
        values: list[Any] = list(split[self.label])
        if isinstance(kind, datasets.ClassLabel):
            values = [None if v is None or v < 0 else kind.int2str(v) for v in values]
        problems = [problem(value, self.label) for value in values]
        labels = [unicodedata.normalize("NFC", (plain(v) or "").strip()) for v in values]
        if modality == "image":
            split = split.cast_column(column, datasets.Image(decode=False))
            folder = (cache or Path(HF_DATASETS_CACHE)) / "zooflow-images"
            inputs: list[Any] = [_keep(cell, folder) for cell in split[column]]
            seen = examine([path or folder / "missing" for path in inputs], pixels)
            marks = [mark for mark, _ in seen]
            found = [
                why if path else f"column {column!r} is missing"
                for path, (_, why) in zip(inputs, seen, strict=True)
            ]
        else:
            found = [problem(value, column) for value in split[column]]
            inputs = [plain(value) or "" for value in split[column]]
            marks = [hashlib.sha256(v.encode("utf-8", "replace")).hexdigest() for v in inputs]
        both = zip(origins, problems, found, strict=True)
        told = [f"{at}: {why or what}" if why or what else "" for at, why, what in both]
        notes = tuple(refuse(told, self.on_bad_file))
        rows = Rows(tuple(inputs), tuple(labels), origins, tuple(marks), notes)
        return rows.take([i for i, why in enumerate(told) if not why])


def _fetch(path: str, cache: Path | None) -> Any:
    import datasets
    from datasets import exceptions

    where: dict[str, Any] = {"path": str(Path(path).expanduser())}
    if path.startswith("hf://"):
        parsed = re.fullmatch(r"hf://datasets/([\w.-]+(?:/[\w.-]+)?)(?:@([^:]+))?(?::(.+))?", path)
        if parsed is None:
            raise BadData(f"{path!r} is no data set", "write hf://datasets/OWNER/NAME")
        where = dict(zip(("path", "revision", "name"), parsed.groups(), strict=True))
    elif not Path(path).expanduser().is_dir():
        raise BadData(
            f"{path} is not a folder", "a data set of the hub is hf://datasets/OWNER/NAME"
        )
    where["cache_dir"] = None if cache is None else str(cache)
    try:
        config: Any = datasets.load_dataset_builder(**where).config
        exact: dict[str, Any] = {}
        if type(config).__name__ == "CsvConfig" and config.features is None:
            peek: Any = datasets.load_dataset(**where, nrows=1)
            columns = [name for split in peek.values() for name in split.column_names]
            strings = datasets.Features({name: datasets.Value("string") for name in columns})
            exact = {"keep_default_na": False, "features": strings}  # "NA" and "01" are labels
        return datasets.load_dataset(**where, **exact)
    except (ValueError, RuntimeError, exceptions.DatasetGenerationError) as error:
        raise BadData(f"{path} cannot be used: {_first_line(error)}") from error
    except (exceptions.DatasetsError, OSError) as error:
        if not path.startswith("hf://"):
            raise BadData(f"{path} cannot be used: {_first_line(error)}") from error
        raise SourceUnavailable(
            f"{path} cannot be had: {_first_line(error)}",
            "look at its name and at the network; a private one needs a token",
        ) from error


def _keep(cell: dict[str, Any] | None, folder: Path) -> Path | None:
    """Write an image that comes as bytes into the cache, under its hash."""
    if not cell or not (cell.get("bytes") or cell.get("path")):
        return None
    if cell.get("bytes") is None:
        return Path(cell["path"])
    mark = hashlib.sha256(cell["bytes"]).hexdigest()
    ending = Path(cell.get("path") or "").suffix.casefold()
    path = folder / mark[:2] / (mark + (ending if ending in ENDINGS else ""))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        part.write_bytes(cell["bytes"])
        part.replace(path)
    return path


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
