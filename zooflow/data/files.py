"""Which files are images: by ending, and nothing that the machine left behind."""

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import BadData

ENDINGS = frozenset(
    f".{ending}"
    for ending in (
        *("jpg", "jpeg", "jpe", "jfif", "png", "gif", "bmp", "webp", "tif", "tiff"),
        *("ppm", "pgm", "pbm", "pnm", "ico", "jp2", "avif", "heic", "heif"),
    )
)
_MACHINE = frozenset({"__macosx", "thumbs.db", "desktop.ini", "@eadir", "$recycle.bin"})


def is_data(name: str) -> bool:
    """Say whether a file or folder of that name was put there by a person."""
    return not name.startswith(".") and name.casefold() not in _MACHINE


def is_image(path: Path) -> bool:
    """Say whether a file is an image by its ending."""
    return path.suffix.casefold() in ENDINGS


def walk(folder: Path) -> list[Path]:
    """List the files in a folder and the folders within, sorted, the machine's left out."""
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = filter(is_data, folders)
        found += [Path(parent, name) for name in files if is_data(name)]
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def find_images(paths: Sequence[str]) -> list[Path]:
    """Find the images that files, folders and globs name, each once, in the order given.

    Args:
        paths: a file counts whatever its ending; a folder counts with all images within.

    Raises:
        BadData: nothing is there.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given).expanduser()
        if path.is_dir():
            new = [file for file in walk(path) if is_image(file)]
        elif path.exists():
            new = [path]
        else:
            matches = sorted(glob.glob(str(path), recursive=True))
            new = [Path(match) for match in matches if is_image(Path(match))]
            if not matches:
                raise BadData(f"there is no file or folder {given!r}")
        if not new:
            raise BadData(f"there are no images in {given!r}", endings())
        found.update(dict.fromkeys(new))
    return list(found)


def endings() -> str:
    """Say which endings images have."""
    return f"images end in {', '.join(sorted(ENDINGS))}"
