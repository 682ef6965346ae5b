"""Distances between the tokens of a text, near ones apart and far ones together in buckets."""

import math
from typing import Any

import numpy as np
from keras import KerasTensor, layers, ops

from . import registered
from .initializers import Draw

BUCKETS = 32  # of MPNet, whatever its config says
FARTHEST = 128  # distances beyond share MPNet's last bucket


def raffel_buckets() -> np.ndarray:
    """Give MPNet's bucket of each distance, -128 to 128 from a query to a key.

    Paper: Raffel et al., Exploring the Limits of Transfer Learning with a Unified Text-to-Text
    Transformer, 2019. arXiv:1910.10683
    """
    half, exact = BUCKETS // 2, BUCKETS // 4
    distance = np.arange(-FARTHEST, FARTHEST + 1)
    size = np.abs(distance)
    share = np.log(np.maximum(size, 1).astype("float32") / np.float32(exact))
    share = share / np.float32(math.log(FARTHEST / exact)) * np.float32(half - exact)
    far = np.minimum(exact + share.astype(int), half - 1)
    return np.where(size < exact, size, far) + half * (distance > 0)


def he_buckets(buckets: int, farthest: int) -> np.ndarray:
    """Give DeBERTa's bucket of each distance, -farthest to farthest from a key to a query.

    Paper: He et al., DeBERTa: Decoding-enhanced BERT with Disentangled Attention, 2020.
    arXiv:2006.03654

    Args:
        buckets: on either side; 0 gives each distance one.
        farthest: distance that is told from smaller ones.

    Returns:
        Rows of a table of twice as many, of which the middle is the token itself.
    """
    distance = np.arange(-farthest, farthest + 1)
    span = buckets or farthest
    if buckets:
        half = buckets // 2
        size = np.maximum(np.abs(distance), half - 1).astype("float32")
        share = np.log(size / np.float32(half)) / np.log(np.float32((farthest - 1) / half))
        far = np.ceil(share * np.float32(half - 1)) + half
        distance = np.where(np.abs(distance) <= half, distance, far * np.sign(distance))
    return np.clip(distance + span, 0, 2 * span - 1).astype("int32")


def between(length: KerasTensor, buckets: np.ndarray) -> KerasTensor:
    """Look up the buckets of the distances from each token to each, (length, length)."""
    farthest = len(buckets) // 2
    places = ops.arange(length, dtype="int32")
    distance = ops.clip(places[None, :] - places[:, None], -farthest, farthest) + farthest
    return ops.take(ops.convert_to_tensor(buckets.astype("int32")), distance)


@registered
class DistanceBias(layers.Layer):
    """Learn how much each head heeds a distance.

    Args:
        rows: of the table, at least 32.
        heads: of the attention.
    """

    tensors = {"table": "weight"}  # noqa: RUF012 (read by convert)

    def __init__(self, rows: int, heads: int, **settings: Any):
        super().__init__(**settings)
        self.rows, self.heads = rows, heads

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the table."""
        self.table = self.add_weight(
            shape=(self.rows, self.heads), initializer=Draw(), name="table"
        )

    def call(self, ids: KerasTensor) -> KerasTensor:
        """Give the bias of texts as long as ids, (batch, length): (1, heads, length, length)."""
        rows = between(ops.shape(ids)[1], raffel_buckets())
        return ops.transpose(ops.take(self.table, rows, axis=0), (2, 0, 1))[None]

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Give (1, heads, length, length)."""
        return 1, self.heads, shape[1], shape[1]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "rows": self.rows, "heads": self.heads}
