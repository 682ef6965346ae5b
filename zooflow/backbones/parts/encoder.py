"""Encoders of texts: the embeddings, the padding and the blocks that BERT's relatives share.

Paper: Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers, 2018. arXiv:1810.04805
"""

from collections.abc import Callable
from dataclasses import dataclass

from keras import KerasTensor, layers, ops

from . import activation_layer, layer_norm, registered
from .attention import Attention
from .initializers import Draw

FAR = 3e4  # unlikeness that shuts padding out, within float16
Step = Callable[[KerasTensor], KerasTensor]
Join = Callable[[KerasTensor, KerasTensor], KerasTensor]


@dataclass(frozen=True)
class Words:
    """What a family calls the layers of a block.

    Args:
        qkv: queries, keys and values.
        attend: the attention itself, which holds no weights.
        mix: the dense layer after it.
        mix_norm: the normalisation after that.
        widen: the first dense layer of the MLP.
        act: its activation.
        narrow: the second dense layer.
        norm: the normalisation that ends the block.
    """

    qkv: tuple[str, str, str] = tuple(f"attention-self-{x}" for x in ("query", "key", "value"))  # type: ignore[assignment]
    attend: str = "attention-self"
    mix: str = "attention-output-dense"
    mix_norm: str = "attention-output-LayerNorm"
    widen: str = "intermediate-dense"
    act: str = "intermediate"
    narrow: str = "output-dense"
    norm: str = "output-LayerNorm"


BERT = Words()


@dataclass(frozen=True)
class Shape:
    """The numbers of a block.

    Args:
        width: of a token.
        heads: parts of the width that attend on their own.
        inner: width inside the MLP.
        act: activation in the MLP.
        epsilon: added to the variance by normalisation.
        dropout: shares that training drops: of the probabilities, after the attention and after
            the MLP.
    """

    width: int
    heads: int
    inner: int
    act: str
    epsilon: float
    dropout: tuple[float, float, float]


def embed(
    ids: KerasTensor,
    rows: dict[str, tuple[int, KerasTensor]],
    *,
    vocabulary: int,
    width: int,
    epsilon: float,
) -> KerasTensor:
    """Sum what is known of each token, and normalise.

    Args:
        ids: of the tokens, (batch, length).
        rows: name of a table to its rows, and which of them to take, (batch, length).
        vocabulary: how many tokens there are.
        width: of a token.
        epsilon: added to the variance.
    """
    tables = {"word_embeddings": (vocabulary, ids), **rows}
    parts = [
        layers.Embedding(count, width, Draw(), name=f"embeddings-{name}")(index)
        for name, (count, index) in tables.items()
    ]
    y = layers.Add(name="embeddings-add")(parts) if len(parts) > 1 else parts[0]
    return layer_norm(y, epsilon=epsilon, name="embeddings-LayerNorm")


def embed_pair(
    x: dict[str, KerasTensor], sizes: tuple[int, int, int], *, width: int, epsilon: float
) -> KerasTensor:
    """Embed one or two texts as BERT does: sum a token's word, segment and position.

    Args:
        x: input_ids and token_type_ids, each (batch, length).
        sizes: how many words, segments and positions there are.
        width: of a token.
        epsilon: added to the variance.
    """
    words, segments, positions = sizes
    ids = x["input_ids"]
    rows = {
        "token_type_embeddings": (segments, x["token_type_ids"]),
        "position_embeddings": (positions, Positions(name="positions")(ids)),
    }
    return embed(ids, rows, vocabulary=words, width=width, epsilon=epsilon)


def padding(present: KerasTensor) -> KerasTensor:
    """Make a bias that shuts padding out, (batch, 1, 1, length), of (batch, length)."""
    bias = layers.Reshape((1, 1, -1), name="attention_mask-expand")(present)
    return layers.Rescaling(FAR, -FAR, name="attention_mask-bias")(bias)


def encode(
    x: KerasTensor,
    bias: KerasTensor,
    shape: Shape,
    words: Words = BERT,
    *,
    depth: int,
    name: str = "encoder-layer",
) -> KerasTensor:
    """Take tokens, (batch, length, width), through blocks that `name` begins the names of."""
    for i in range(depth):
        x = block(shape, words, name=f"{name}-{i}")(x, bias)
        x = layers.Identity(name=f"{name}-{i}")(x)
    return x


def block(shape: Shape, words: Words = BERT, *, name: str) -> Join:
    """Make a block of attention and MLP; called again it shares its weights.

    Args:
        shape: its numbers.
        words: what the family calls its layers.
        name: that theirs begin with.

    Returns:
        From tokens, (batch, length, width), and a bias on the attention to tokens.
    """
    q, k, v = (dense(shape.width, name=f"{name}-{word}") for word in words.qkv)
    attend = Attention(shape.heads, shape.dropout[0], name=f"{name}-{words.attend}")
    close = closing(shape, words, name=name)
    return lambda x, bias: close(x, attend(q(x), k(x), v(x), bias))


def closing(shape: Shape, words: Words = BERT, *, name: str) -> Join:
    """Make what follows the attention in a block.

    Returns:
        From tokens and what attention made of them, both (batch, length, width), to tokens.
    """
    join = joining(shape, shape.dropout[1], words.mix, words.mix_norm, name=name)
    end = joining(shape, shape.dropout[2], words.narrow, words.norm, name=name)
    widen = dense(shape.inner, name=f"{name}-{words.widen}")
    act = activation_layer(shape.act, name=f"{name}-{words.act}")

    def close(x: KerasTensor, y: KerasTensor) -> KerasTensor:
        x = join(x, y)
        return end(x, act(widen(x)))

    return close


def joining(shape: Shape, dropout: float, narrow: str, norm: str, *, name: str) -> Join:
    """Make what adds y to x: bring it to the width of x, add it, and normalise."""
    fit = dense(shape.width, name=f"{name}-{narrow}")
    drop = layers.Dropout(dropout, name=f"{name}-{narrow}-dropout")
    plus = layers.Add(name=f"{name}-{norm}-add")
    normalise = layers.LayerNormalization(epsilon=shape.epsilon, name=f"{name}-{norm}")
    return lambda x, y: normalise(plus([drop(fit(y)), x]))


def dense(width: int, *, bias: bool = True, name: str) -> Step:
    """Make a linear map of the last axis."""
    return layers.Dense(width, use_bias=bias, kernel_initializer=Draw(), name=name)


def rules(model: str) -> tuple[tuple[str, str], ...]:
    """Say how names differ: a task's model holds all this as its `model`.

    Old checkpoints speak TensorFlow's names for a normalisation.
    """
    old = (r"LayerNorm\.gamma$", "LayerNorm.weight"), (r"LayerNorm\.beta$", "LayerNorm.bias")
    return (rf"^{model}\.", ""), *old


@registered
class Positions(layers.Layer):
    """Count the tokens of each text: 0, 1, 2 and so on.

    Args:
        padding: id of the padding, which is not counted and whose position is this number too, as
            fairseq has it: the first token is at `padding` + 1. None counts all from 0.
    """

    def __init__(self, padding: int | None = None, **settings):
        super().__init__(**settings)
        self.padding = padding

    def call(self, ids: KerasTensor) -> KerasTensor:
        """Count along ids, (batch, length)."""
        if self.padding is None:
            return ops.broadcast_to(ops.arange(ops.shape(ids)[1], dtype="int32"), ops.shape(ids))
        real = ops.cast(ops.not_equal(ids, self.padding), "int32")
        return ops.cumsum(real, axis=1) * real + self.padding

    def get_config(self):
        """Give the constructor's arguments."""
        return {**super().get_config(), "padding": self.padding}
