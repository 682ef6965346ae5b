"""Rotary positions of patches: queries and keys turn by angles that say where they lie.

Paper: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
arXiv:2104.09864; for images, Heo et al., Rotary Position Embedding for Vision Transformer, 2024.
arXiv:2403.13298
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from keras import KerasTensor, layers, ops

from ...errors import BadInput, UnknownName
from . import registered
from .attention import split_heads

KINDS = ("cat", "dinov3", "mixed", "mrope")


@dataclass(frozen=True)
class Rope:
    """Where the patches of an image lie, and how far each pair of channels turns.

    Args:
        kind: "cat" turns by a patch's row and column; "dinov3" by where they lie between -1 and 1;
            "mixed" by sums of both that are learned; "mrope" deals rows and columns to the
            channels in turn, as in Qwen2-VL.
        grid: rows and columns.
        temperature: how much slower the last channels turn than the first.
        reference: rows and columns that the grid is stretched to; None leaves it. "cat" only.
        offset: added to rows and columns. "cat" and "dinov3" only.
        indexing: "ij" puts the rows first, "xy" the columns.
        half: a channel turns with the one half a head away, not with its neighbour.
        section: how many channels time, rows and columns have at most. "mrope" only.

    Raises:
        BadInput: no such indexing, or one that the kind does not know.
        UnknownName: no such kind.
    """

    kind: str
    grid: tuple[int, int]
    temperature: float = 10000.0
    reference: tuple[int, int] | None = None
    offset: float = 0.0
    indexing: str = "ij"
    half: bool = False
    section: tuple[int, int, int] = (8, 12, 12)

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        if self.kind not in KINDS:
            raise UnknownName("rotary embedding", self.kind, list(KINDS))
        if self.indexing not in ("ij", "xy") or (self.kind == "mrope" and self.indexing == "xy"):
            raise BadInput(f"{self.kind} rotary positions cannot be indexed {self.indexing!r}")
        if self.kind == "mixed" and self.half:
            raise BadInput("mixed rotary positions turn neighbours, not halves of a head")

    def places(self) -> np.ndarray:
        """Give the two coordinates of each patch, (patches, 2)."""
        axes = []
        for side, reference in zip(self.grid, self.reference or self.grid, strict=True):
            if self.kind == "dinov3":
                axes.append(2 * (np.arange(side) + 0.5 + self.offset) / side - 1)
            else:
                offset = self.offset if self.kind == "cat" else 0
                stretch = reference / side if self.kind == "cat" else 1
                axes.append((np.arange(side) + offset) * stretch)
        rows, columns = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
        return np.stack([rows, columns] if self.indexing == "ij" else [columns, rows], -1)

    def angles(self, head: int) -> np.ndarray:
        """Give how far each pair of channels turns, (patches, head / 2), in radians.

        Args:
            head: channels of a head.
        """
        places = self.places()
        if self.kind == "mrope":
            axis = np.zeros(head // 2, int)
            axis[1 : 3 * self.section[1] : 3] = 1
            axis[2 : 3 * self.section[2] : 3] = 2
            places = np.pad(places, ((0, 0), (1, 0)))[:, axis]  # time stands still
            return places * self.temperature ** (-2 * np.arange(head // 2) / head)
        bands = self.temperature ** (-4 * np.arange(head // 4) / head)
        turns = places[:, :, None] * bands * (2 * math.pi if self.kind == "dinov3" else 1)
        return turns.reshape(len(places), -1)


@registered
class Rotate(layers.Layer):
    """Turn queries and keys by their positions; tokens before the patches stay as they are.

    Args:
        rope: the positions, a `Rope` or its fields.
        heads: parts of the width that attend on their own.
        prefix: how many tokens come before the patches.
        index: which block's learned angles to take. "mixed" only.
    """

    def __init__(
        self, rope: Rope | dict[str, Any], heads: int, prefix: int, index: int = 0, **settings: Any
    ):
        super().__init__(**settings)
        self.rope = rope if isinstance(rope, Rope) else Rope(**rope)
        self.heads = heads
        self.prefix = prefix
        self.index = index

    def build(self, q_shape: tuple[int, ...], *_: tuple[int, ...]) -> None:
        """Compute what is known without an image."""
        head = q_shape[-1] if len(q_shape) == 4 else q_shape[-1] // self.heads
        learned = self.rope.kind == "mixed"
        known = self.rope.places() if learned else self.rope.angles(head)
        self.known = np.pad(known, ((self.prefix, 0), (0, 0))).astype("float32")

    def call(
        self, q: KerasTensor, k: KerasTensor, frequencies: KerasTensor | None = None
    ) -> list[KerasTensor]:
        """Turn.

        Args:
            q: queries, (batch, length, width) or (batch, length, heads, width / heads).
            k: keys, likewise; they may have fewer heads.
            frequencies: of "mixed", (batch, 2, blocks, heads, width / heads / 2), the same for
                the whole batch.

        Returns:
            Both, (batch, length, heads, width / heads).
        """
        angles = ops.convert_to_tensor(self.known)[:, None]
        if frequencies is not None:
            rows, columns = frequencies[0, 0, self.index], frequencies[0, 1, self.index]
            rows, columns = (ops.cast(learned, "float32") for learned in (rows, columns))
            angles = angles[..., :1] * rows + angles[..., 1:] * columns
        sine, cosine = ops.sin(angles), ops.cos(angles)
        return [self._turn(split_heads(x, self.heads), sine, cosine) for x in (q, k)]

    def _turn(self, x: KerasTensor, sine: KerasTensor, cosine: KerasTensor) -> KerasTensor:
        shape = ops.shape(x)
        y = ops.cast(x, "float32")  # bfloat16 would blur the angles
        if self.rope.half:
            first, second = ops.split(y, 2, axis=-1)
        else:
            first, second = y[..., 0::2], y[..., 1::2]
        turned = [first * cosine - second * sine, second * cosine + first * sine]
        if self.rope.half:
            return ops.cast(ops.concatenate(turned, axis=-1), x.dtype)
        return ops.cast(ops.reshape(ops.stack(turned, axis=-1), shape), x.dtype)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"rope": asdict(self.rope), "heads": self.heads}
        return {**super().get_config(), **own, "prefix": self.prefix, "index": self.index}
