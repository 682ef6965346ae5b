"""Read the vocabulary of a sentencepiece model, without the library: a Protocol Buffers message.

Paper: Kudo and Richardson, SentencePiece, 2018. arXiv:1808.06226
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import BadInput

UNIGRAM = 1  # kinds of models
CONTROL, USER = 3, 4  # kinds of pieces that are never cut


@dataclass(frozen=True)
class Pieces:
    """A vocabulary.

    Args:
        scored: pieces and their scores, in the order of their ids.
        whole: pieces that are never cut, and whether each is a control piece.
        unknown: id of the piece that stands for all that is unknown.
        charsmap: how characters are normalised, as sentencepiece compiled it.
    """

    scored: list[tuple[str, float]]
    whole: list[tuple[str, bool]]
    unknown: int
    charsmap: bytes


def read_pieces(path: Path) -> Pieces:
    """Read a .model file.

    Raises:
        BadInput: it is damaged, or its model is not a unigram one.
    """
    pieces, kind, unknown, charsmap = [], UNIGRAM, 0, b""
    try:
        for number, value in _fields(path.read_bytes()):
            part = dict(_fields(value)) if number in (1, 2, 3) else {}
            if number == 1:
                text, score = part[1].decode(), struct.unpack("<f", part.get(2, bytes(4)))[0]
                pieces.append((text, score, part.get(3, 1)))
            elif number == 2:
                kind, unknown = part.get(3, UNIGRAM), part.get(40, 0)
            elif number == 3:
                charsmap = part.get(2, b"")
    except (IndexError, KeyError, ValueError, TypeError, AttributeError, struct.error) as error:
        raise BadInput(f"{path} is not a sentencepiece model: {error!r:.80}") from error
    if not pieces or kind != UNIGRAM:
        raise BadInput(
            f"{path} holds {len(pieces)} pieces of a model of kind {kind}; zooflow reads unigram "
            "ones, of kind 1",
            hint="let transformers write a tokenizer.json: AutoTokenizer …, save_pretrained",
        )
    whole = [(text, kind == CONTROL) for text, _, kind in pieces if kind in (CONTROL, USER)]
    return Pieces([(text, score) for text, score, _ in pieces], whole, unknown, charsmap)


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Go through the fields of a message: number, and bytes or a whole number."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = _varint(data, at)
        else:
            size = {1: 8, 5: 4}.get(wire)
            if wire == 2:
                size, at = _varint(data, at)
            if size is None or at + size > len(data):
                raise ValueError(f"a field of {size} bytes at {at} of {len(data)}")
            value, at = data[at : at + size], at + size
        yield key >> 3, value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits a byte, and say where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
