"""What torch.save wrote before the zip: five pickles in a row, then the numbers.

The pickles are a magic number, the protocol, the writing machine, the object, and the keys of the
storages; then each storage in that order, as an int64 of its length and its elements.
"""

import struct
from typing import BinaryIO

from .checkpoint import Refusal
from .torch_objects import Place, Storage
from .unpickle import Unpickler

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


def read_legacy(file: BinaryIO) -> tuple[object, dict[str, Storage], dict[str, Place]]:
    """Read what a file of torch's older format describes.

    Returns:
        What was saved, the storages that it names, and the place of each storage in the file.

    Raises:
        Refusal: it is damaged, foreign, or asks for more than tensors.
    """
    if Unpickler(file).load() != MAGIC:
        raise Refusal("it is a pickle, but not torch.save's")
    if Unpickler(file).load() != PROTOCOL:
        raise Refusal("it is of another version of torch's older format")
    machine = Unpickler(file).load()
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise Refusal("it was written on a big-endian machine")
    unpickler = Unpickler(file)
    result = unpickler.load()
    keys = Unpickler(file).load()
    return result, unpickler.storages, _places(file, keys, unpickler.storages)


def _places(file: BinaryIO, keys: object, storages: dict[str, Storage]) -> dict[str, Place]:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refusal("its list of storages is damaged")
    places = {}
    start = file.tell()
    for key in keys:
        if key in places:
            raise Refusal(f"its storage {key!r:.40} is there twice")
        if key not in storages:
            raise Refusal(f"its storage {key!r:.40} belongs to no tensor")
        file.seek(start)
        if len(length := file.read(8)) < 8:
            raise Refusal(f"it is cut off before storage {key!r:.40}")
        (numel,) = struct.unpack("<q", length)
        if numel != storages[key].numel:
            claimed = storages[key].numel
            raise Refusal(f"its storage {key!r:.40} has {numel} elements and should have {claimed}")
        places[key] = Place(start + 8, storages[key].nbytes)
        start += 8 + storages[key].nbytes
    if start > file.seek(0, 2):
        raise Refusal("it is cut off inside its storages")
    return places
