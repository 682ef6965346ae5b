"""The block of DeBERTa, with attention to what tokens say and to how far they stand apart.

Paper: He et al., DeBERTa: Decoding-enhanced BERT with Disentangled Attention, 2020.
arXiv:2006.03654
"""

from typing import Any

from keras import KerasTensor, layers, ops, random

from .parts import activation, layer_norm, registered
from .parts.attention import merge_heads, split_heads
from .parts.distances import between, he_buckets
from .parts.encoder import FAR, Shape, closing, dense
from .parts.initializers import Draw


def block(
    x: KerasTensor,
    present: KerasTensor,
    distances: KerasTensor | None,
    attend: "Disentangled",
    shape: Shape,
    *,
    shared: bool,
    name: str,
) -> KerasTensor:
    """Let tokens attend, and take them through an MLP.

    Args:
        x: (batch, length, width).
        present: (batch, length), 1 for a token, 0 for padding.
        distances: what is known of each distance, (distances, width); None where they do not count.
        attend: the attention.
        shape: the block's numbers.
        shared: make keys and queries of distances by the layers that make those of tokens.
        name: that the layers' begin with.
    """

    def project(word: str) -> layers.Layer:
        return dense(shape.width, name=f"{name}-attention-self-{word}_proj")

    query, key, value = (project(word) for word in ("query", "key", "value"))
    known = []
    if distances is not None:
        drop = layers.Dropout(shape.dropout[1], name=f"{name}-attention-self-pos_dropout")
        distances = drop(distances)
        if "c2p" in attend.kinds:
            known.append((key if shared else project("pos_key"))(distances))
        if "p2c" in attend.kinds:
            known.append((query if shared else project("pos_query"))(distances))
    context = attend(query(x), key(x), value(x), present, *known)
    return closing(shape, name=name)(x, context)


def near_tokens(
    start: KerasTensor,
    x: KerasTensor,
    present: KerasTensor,
    shape: Shape,
    kernel: int,
    function: str,
) -> KerasTensor:
    """Add what a convolution sees of the embeddings around each token to the first block.

    Args:
        start: the embeddings, (batch, length, width).
        x: what the first block says, likewise.
        present: (batch, length), 1 for a token, 0 for padding.
        shape: a block's numbers.
        kernel: tokens that the convolution sees.
        function: its activation.
    """
    name = "encoder-conv-conv"
    conv = layers.Conv1D(shape.width, kernel, padding="same", kernel_initializer=Draw(), name=name)
    y = Present(name=f"{name}-present")(conv(start), present)
    y = layers.Dropout(shape.dropout[1], name=f"{name}-dropout")(y)
    y = activation(y, function, name=f"{name}-act")
    y = layers.Add(name="encoder-conv-add")([x, y])
    y = layer_norm(y, epsilon=shape.epsilon, name="encoder-conv-LayerNorm")
    return Present(name="encoder-conv")(y, present)


def table(ids: KerasTensor, rows: int, width: int) -> KerasTensor:
    """Make what is known of each distance, (rows, width); ids tie it to the graph."""
    return Table(rows, width, name="encoder-rel_embeddings")(ids)


@registered
class Table(layers.Layer):
    """A whole table of learned vectors.

    Args:
        rows: how many.
        width: of each.
    """

    tensors = {"table": "weight"}  # noqa: RUF012 (read by convert)

    def __init__(self, rows: int, width: int, **settings: Any):
        super().__init__(**settings)
        self.rows, self.width = rows, width

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the table."""
        self.table = self.add_weight(
            shape=(self.rows, self.width), initializer=Draw(), name="table"
        )

    def call(self, ids: KerasTensor) -> KerasTensor:
        """Give the table, whatever the ids."""
        return ops.convert_to_tensor(self.table)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int, int]:
        """Give (rows, width)."""
        return self.rows, self.width

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "rows": self.rows, "width": self.width}


@registered
class Present(layers.Layer):
    """Set padding to zero."""

    def call(self, x: KerasTensor, present: KerasTensor) -> KerasTensor:
        """Keep x, (batch, length, width), where present, (batch, length), is 1."""
        return x * ops.cast(present, x.dtype)[:, :, None]

    def compute_output_shape(self, x_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Give the shape of x."""
        return x_shape


@registered
class Disentangled(layers.Layer):
    """Mix values by the likeness of queries and keys, and of either to their distance, in heads.

    Args:
        heads: parts of the width that attend on their own.
        buckets: kinds of distances on either side; 0, each is its own.
        farthest: distance beyond which all are alike.
        kinds: "c2p", of a token to a distance; "p2c", of a distance to a token.
        dropout: share of the probabilities that training drops.
    """

    def __init__(
        self,
        heads: int,
        *,
        buckets: int,
        farthest: int,
        kinds: tuple[str, ...],
        dropout: float = 0.0,
        **settings: Any,
    ):
        super().__init__(**settings)
        self.heads, self.buckets, self.farthest = heads, buckets, farthest
        self.kinds = tuple(kinds)
        self.dropout = dropout
        self.seed = random.SeedGenerator() if dropout else None

    def call(
        self,
        q: KerasTensor,
        k: KerasTensor,
        v: KerasTensor,
        present: KerasTensor,
        *distances: KerasTensor,
        training: bool = False,
    ) -> KerasTensor:
        """Attend.

        Args:
            q: queries, (batch, length, width).
            k: keys, likewise.
            v: values, likewise.
            present: (batch, length), 1 for a token, 0 for padding.
            distances: keys of distances for "c2p", then queries of distances for "p2c", each
                (distances, width).
            training: drop probabilities.
        """
        q, k, v = (ops.swapaxes(split_heads(x, self.heads), 1, 2) for x in (q, k, v))
        likeness = ops.matmul(q, ops.swapaxes(k, 2, 3))
        if distances:
            rows = between(ops.shape(q)[2], he_buckets(self.buckets, self.farthest)[::-1])
            known = iter(ops.swapaxes(split_heads(x[None], self.heads), 1, 2) for x in distances)
            if "c2p" in self.kinds:
                likeness += _picked(ops.matmul(q, ops.swapaxes(next(known), 2, 3)), rows)
            if "p2c" in self.kinds:
                said = ops.matmul(k, ops.swapaxes(next(known), 2, 3))
                likeness += ops.swapaxes(_picked(said, ops.swapaxes(rows, 0, 1)), 2, 3)
        scale = (q.shape[-1] * (1 + len(self.kinds))) ** -0.5
        likeness = ops.cast(likeness * scale, "float32")
        there = ops.cast(present, "bool")
        both = there[:, None, :, None] & there[:, None, None, :]
        shares = ops.cast(ops.softmax(ops.where(both, likeness, -FAR)), v.dtype)
        if training and self.dropout:
            shares = random.dropout(shares, self.dropout, seed=self.seed)
        return merge_heads(ops.swapaxes(ops.matmul(shares, v), 1, 2))

    def compute_output_shape(self, q_shape: tuple[int, ...], *_: Any) -> tuple[int, ...]:
        """Give (batch, length, width)."""
        return q_shape

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        own = {"heads": self.heads, "buckets": self.buckets, "farthest": self.farthest}
        return {**super().get_config(), **own, "kinds": self.kinds, "dropout": self.dropout}


def _picked(said: KerasTensor, rows: KerasTensor) -> KerasTensor:
    """Pick of (batch, heads, length, distances) those of rows, (length, length)."""
    shape = ops.shape(said)
    rows = ops.broadcast_to(rows, (*shape[:3], shape[2]))
    return ops.take_along_axis(said, rows, axis=3)
