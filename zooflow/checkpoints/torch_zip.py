"""The zip that torch.save writes: data.pkl says what there is, data/0, data/1, … are the numbers.

All of it is stored, never compressed, so a number's place in the file is known and nothing grows
when read.
"""

import struct
from itertools import pairwise
from typing import BinaryIO
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from .checkpoint import Refusal
from .torch_objects import Place, Storage
from .unpickle import LIMIT, Unpickler

MOST_DIRECTORY = 8 * 2**20  # bytes: some 100,000 storages
KNOWN = {"data.pkl", "byteorder", "version"}  # and data/KEY, and hidden ones about the file itself


def read_zip(file: BinaryIO) -> tuple[object, dict[str, Storage], dict[str, Place]]:
    """Read what a zip by torch.save describes.

    Returns:
        What was saved, the storages that it names, and the place of each storage in the file.

    Raises:
        Refusal: it is damaged, foreign, or asks for more than tensors.
    """
    places = _places(file)
    if "byteorder" in places and _content(file, places["byteorder"], 16) != b"little":
        raise Refusal("it was written on a big-endian machine")
    pickle = places["data.pkl"]
    if pickle.size > LIMIT:
        raise Refusal(f"its data.pkl has {pickle.size:,} bytes, more than {LIMIT:,}")
    file.seek(pickle.start)
    unpickler = Unpickler(file, pickle.size)
    result = unpickler.load()
    storages = {
        name.removeprefix("data/"): place
        for name, place in places.items()
        if name.startswith("data/")
    }
    return result, unpickler.storages, storages


def _places(file: BinaryIO) -> dict[str, Place]:
    entries = _entries(file)
    size = file.seek(0, 2)
    pickles = [entry.filename for entry in entries if entry.filename.endswith("/data.pkl")]
    if not pickles:
        some = ", ".join(repr(entry.filename[:80]) for entry in entries[:3]) or "nothing"
        raise Refusal(f"it is a zip archive, but not torch.save's: it holds {some}")
    top = pickles[0].removesuffix("data.pkl")
    places, ends = {}, []
    for entry in entries:
        _check(entry, top)
        name = entry.filename.removeprefix(top)
        if name in places:
            raise Refusal(f"its entry {entry.filename!r:.120} is there twice")
        place = _place(file, entry)
        if place.start + place.size > size:
            raise Refusal(f"its entry {entry.filename!r:.120} reaches beyond the file's end")
        places[name] = place
        ends.append((entry.header_offset, place.start + place.size, entry.filename))
    ends.sort()
    for (_, end, name), (begin, _, other) in pairwise(ends):
        if begin < end:
            raise Refusal(f"its entries {name!r:.120} and {other!r:.120} overlap")
    return places


def _entries(file: BinaryIO) -> list[ZipInfo]:
    try:
        return ZipFile(_Bounded(file)).infolist()  # type: ignore[arg-type]
    except (BadZipFile, ValueError, OSError, NotImplementedError, struct.error) as error:
        reason = error if isinstance(error, Refusal) else f"its zip directory is damaged ({error})"
        raise Refusal(str(reason)) from None


def _check(entry: ZipInfo, top: str) -> None:
    shown = f"its entry {entry.filename!r:.120}"
    name = entry.filename.removeprefix(top)
    if entry.filename != entry.orig_filename or "\\" in name or ".." in name.split("/"):
        raise Refusal(f"{shown} has an unsafe name")
    if name == "constants.pkl" or name.startswith("code/"):
        raise Refusal(f"{shown} makes it a TorchScript program, not weights")
    if entry.flag_bits & 1:
        raise Refusal(f"{shown} is encrypted")
    if entry.compress_type != ZIP_STORED or entry.compress_size != entry.file_size:
        raise Refusal(f"{shown} is compressed, which torch.save never does")
    known = name in KNOWN or name.startswith((".", "data/"))
    if not entry.filename.startswith(top) or not known:
        raise Refusal(f"{shown} is none of torch.save's")


def _place(file: BinaryIO, entry: ZipInfo) -> Place:
    if entry.header_offset < 0:
        raise Refusal("its zip directory is damaged (an entry before the file's start)")
    file.seek(entry.header_offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise Refusal(f"its entry {entry.filename!r:.120} is not where the zip directory says")
    name, extra = struct.unpack("<HH", header[26:])
    if file.read(name).decode("utf-8", "replace") != entry.filename:
        raise Refusal(f"its entry {entry.filename!r:.120} bears another name in place")
    return Place(entry.header_offset + 30 + name + extra, entry.file_size)


def _content(file: BinaryIO, place: Place, most: int) -> bytes:
    file.seek(place.start)
    return file.read(min(place.size, most))


class _Bounded:
    """A file that zipfile may not read into memory at will, as its directory's size claims."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, count: int = -1) -> bytes:
        if count < 0 or count > MOST_DIRECTORY:
            count = MOST_DIRECTORY + 1
        taken = self._file.read(count)
        if len(taken) > MOST_DIRECTORY:
            raise Refusal(f"its zip directory has more than {MOST_DIRECTORY:,} bytes")
        return taken
