"""Files in torch's formats, written byte by byte: what torch.save writes, and what it never would.

The opcodes are those of Python's pickletools; the layouts those of torch.serialization.
"""

import struct
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

MAGIC = 0x1950A86A20F9469CFC6C


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value: int) -> bytes:
    raw = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def numbers(*values: int) -> bytes:
    return b"(" + b"".join(number(value) for value in values) + b"t"


def name(full: str) -> bytes:
    module, _, attribute = full.rpartition(".")
    return f"c{module}\n{attribute}\n".encode()


def call(full: str, *args: bytes) -> bytes:
    return name(full) + b"(" + b"".join(args) + b"tR"


HOOKS = name("collections.OrderedDict") + b")R"


def storage(
    key: str = "0", kind: str = "torch.FloatStorage", numel: bytes | int = 4, tail: bytes = b""
) -> bytes:
    length = number(numel) if isinstance(numel, int) else numel
    return b"(" + text("storage") + name(kind) + text(key) + text("cpu") + length + tail + b"tQ"


def tensor(
    where: bytes | None = None,
    *,
    offset: bytes | int = 0,
    shape: bytes | tuple = (2, 2),
    strides: bytes | tuple = (2, 1),
    tail: bytes = b"\x89" + HOOKS,
    function: str = "torch._utils._rebuild_tensor_v2",
) -> bytes:
    return call(
        function,
        where or storage(),
        number(offset) if isinstance(offset, int) else offset,
        numbers(*shape) if isinstance(shape, tuple) else shape,
        numbers(*strides) if isinstance(strides, tuple) else strides,
        tail,
    )


def state(entries: dict[str, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in entries.items()) + b"u"


def pickle(body: bytes) -> bytes:
    return b"\x80\x02" + body + b"."


FOUR = struct.pack("<4f", 1, 2, 3, 4)


def write_zip(path: Path, body: bytes, records: dict[str, bytes] | None = None) -> Path:
    with ZipFile(path, "w", ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", pickle(body))
        for record, content in ({"data/0": FOUR} if records is None else records).items():
            archive.writestr(f"archive/{record}", content)
        archive.writestr("archive/version", b"3\n")
    return path


def write_legacy(
    path: Path,
    body: bytes,
    *,
    magic: bytes | None = None,
    protocol: bytes | None = None,
    machine: bytes | None = None,
    keys: bytes | None = None,
    storages: bytes | None = None,
) -> Path:
    stored = b"storage" in body
    parts = (
        magic or number(MAGIC),
        protocol or number(1001),
        machine or state({"little_endian": b"\x88"}),
        body,
        keys or (b"](" + text("0") + b"e" if stored else b"]"),
    )
    written = struct.pack("<q", 4) + FOUR if stored and storages is None else storages or b""
    path.write_bytes(b"".join(pickle(part) for part in parts) + written)
    return path
