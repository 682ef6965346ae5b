"""Folders of images: the folder's name is the label."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ..errors import BadData
from .examples import Parts, Rows, Split
from .files import endings, is_data, is_image, walk
from .pixels import Pixels
from .split import settle
from .verify import examine, refuse

_PARTS = {"train": "train", "test": "test"} | dict.fromkeys(
    ("validation", "valid", "val"), "validation"
)


@dataclass(frozen=True)
class ImageFolder:
    """Images in one folder for each label, or in train, validation and test folders of such.

    Args:
        path: the folder.
        validation: part of each class to hold out, 0 to 1, where there is no validation folder.
        on_bad_file: "error", or "skip" to leave out files that cannot be read.
    """

    path: str
    validation: float = 0.2
    on_bad_file: str = "error"

    def open(self, seed: int, *, pixels: Pixels | None = None) -> Split:
        """Check all images and split them.

        Args:
            seed: another seed holds out others.
            pixels: where images are kept that are decoded to check them.

        Raises:
            BadData: they cannot be learned from; says which.
        """
        return settle(self.parts(pixels), self.validation, seed, self.path)

    def parts(self, pixels: Pixels | None = None) -> Parts:
        """List the images with their labels, as the folders hold them.

        Raises:
            BadData: there is no such folder, it has no label folders, or images are bad.
        """
        root = Path(self.path).expanduser()
        if not root.is_dir():
            kind = "is a file, not a folder" if root.exists() else "does not exist"
            raise BadData(f"{self.path} {kind}")
        folders = _folders(root)
        if not folders:
            raise BadData(
                f"{self.path} has no folders in it, but each label needs a folder of images",
                f"arrange them as {self.path}/LABEL/IMAGE.jpg",
            )
        split = _split_folders(folders, self.path)
        if split is None:
            return Parts(_rows(root, folders, self.on_bad_file, pixels), None, None, "image")
        rows = {
            part: _rows(folder, _folders(folder), self.on_bad_file, pixels)
            for part, folder in split.items()
        }
        return Parts(rows["train"], rows.get("validation"), rows.get("test"), "image")


def _folders(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.is_dir() and is_data(path.name))


def _split_folders(folders: list[Path], source: str) -> dict[str, Path] | None:
    """Say which folder is which part; None where the folders are labels.

    "train" may be a label, too: as a part it holds folders and no images of its own.
    """
    named = [folder for folder in folders if folder.name.casefold() in _PARTS]
    parts: dict[str, Path] = {}
    for folder in named:
        mixed = len(named) < len(folders) and any(map(is_image, folder.iterdir()))
        if not _folders(folder) or mixed:
            continue
        part = _PARTS[folder.name.casefold()]
        if part in parts:
            raise BadData(
                f"{source} has two folders of {part} data, {parts[part].name!r} and {folder.name!r}"
            )
        parts[part] = folder
    if not parts:
        return None
    others = [folder.name for folder in folders if folder not in parts.values()]
    if others:
        raise BadData(
            f"{source} mixes {next(iter(parts.values())).name!r}, which holds folders of labels, "
            f"with {others[0]!r}, which does not or is neither train, validation nor test"
        )
    if "train" not in parts:
        raise BadData(f"{source} has folder {folders[0].name!r}, but no folder 'train'")
    return parts


def _rows(root: Path, folders: list[Path], on_bad_file: str, pixels: Pixels | None) -> Rows:
    paths: list[Path] = []
    labels: list[str] = []
    others = 0
    for folder in folders:
        files = walk(folder)
        images = [path for path in files if is_image(path)]
        if not images:
            raise BadData(
                f"class folder {folder.as_posix()} has no images",
                f"remove it, or put images into it: {endings()}",
            )
        others += len(files) - len(images)
        paths += images
        labels += [unicodedata.normalize("NFC", folder.name)] * len(images)
    seen = examine(paths, pixels)
    notes = refuse([problem for _, problem in seen], on_bad_file)
    good = [i for i, (_, problem) in enumerate(seen) if not problem]
    lost = sorted(set(labels) - {labels[i] for i in good})
    if lost:
        raise BadData(f"class folder {(root / lost[0]).as_posix()} has no image that can be read")
    loose = sum(path.is_file() and is_image(path) for path in root.iterdir())
    if loose:
        notes.append(f"{root.as_posix()} has {loose} images outside its label folders, not used")
    if others:
        notes.append(f"{root.as_posix()} has {others} files that are no images, not used")
    return Rows(
        inputs=tuple(paths[i] for i in good),
        labels=tuple(labels[i] for i in good),
        origins=tuple(paths[i].as_posix() for i in good),
        hashes=tuple(seen[i][0] for i in good),
        notes=tuple(notes),
    )
