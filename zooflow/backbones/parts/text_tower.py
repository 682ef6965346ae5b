"""The towers of texts of CLIP and SigLIP: Transformers that normalise first, and what feeds them.

Paper: Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021.
    arXiv:2103.00020
Names: transformers', without the `text_model` before them.
"""

from dataclasses import dataclass
from typing import Any

from keras import KerasTensor, layers, ops

from . import activation, dense, layer_norm, registered
from .attention import Attention
from .encoder import FAR, Positions
from .initializers import Draw

BLOCK = r"embeddings|encoder-layers-\d+"  # the steps in which a phase freezes
RULES = ((r"^text_model\.", ""),)
FOREIGN = (  # what the whole models of transformers hold besides
    r"vision_model\..+|(visual|text)_projection\..+|logit_(scale|bias)|embeddings\.position_ids"
)


@dataclass(frozen=True)
class Tower:
    """The numbers of a tower, under transformers' names.

    Args:
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        hidden_size: width of a token.
        num_hidden_layers: blocks of attention and MLP.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        attention_dropout: share of what is attended to that training drops, 0 to 1.
    """

    vocab_size: int
    max_position_embeddings: int
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    hidden_act: str
    layer_norm_eps: float
    attention_dropout: float


def encode(ids: KerasTensor, bias: KerasTensor | None, tower: Tower) -> KerasTensor:
    """Trace a tower up to its last normalisation.

    Args:
        ids: of the tokens, (batch, length).
        bias: on the attention, broadcast to (batch, heads, length, length); None for none.
        tower: its numbers.

    Returns:
        (batch, length, hidden_size).
    """
    width, epsilon = tower.hidden_size, tower.layer_norm_eps
    rows = {
        "token_embedding": (tower.vocab_size, ids),
        "position_embedding": (tower.max_position_embeddings, Positions(name="positions")(ids)),
    }
    x = layers.Add(name="embeddings")(
        [
            layers.Embedding(count, width, Draw(), name=f"embeddings-{name}")(index)
            for name, (count, index) in rows.items()
        ]
    )
    for i in range(tower.num_hidden_layers):
        name = f"encoder-layers-{i}"
        y = layer_norm(x, epsilon=epsilon, name=f"{name}-layer_norm1")
        q, k, v = (dense(y, width, name=f"{name}-self_attn-{part}_proj") for part in "qkv")
        attend = Attention(
            tower.num_attention_heads, tower.attention_dropout, name=f"{name}-self_attn"
        )
        y = dense(attend(q, k, v, bias), width, name=f"{name}-self_attn-out_proj")
        x = layers.Add(name=f"{name}-add")([x, y])
        y = layer_norm(x, epsilon=epsilon, name=f"{name}-layer_norm2")
        y = dense(y, tower.intermediate_size, name=f"{name}-mlp-fc1")
        y = activation(y, tower.hidden_act, name=f"{name}-mlp")
        x = layers.Add(name=name)([x, dense(y, width, name=f"{name}-mlp-fc2")])
    return layer_norm(x, epsilon=epsilon, name="final_layer_norm")


@registered
class Causal(layers.Layer):
    """Make a bias that lets each token attend to itself and those before it, without padding."""

    def call(self, present: KerasTensor) -> KerasTensor:
        """Make it, (batch, 1, length, length), of (batch, length): 1 for a token, 0 for padding."""
        order = ops.arange(ops.shape(present)[1])
        before = order[None, None, None, :] <= order[None, None, :, None]
        seen = ops.logical_and(before, ops.cast(present, "bool")[:, None, None, :])
        return ops.where(seen, 0.0, -FAR)

    def compute_output_spec(self, present: KerasTensor) -> KerasTensor:
        """Give shape and type, which torch's backend could not infer."""
        batch, length = present.shape
        return KerasTensor((batch, 1, length, length), dtype=self.compute_dtype)


@registered
class Fill(layers.Layer):
    """Pad texts to one length with a token of the tower's, in place of what they came padded with.

    Args:
        length: in tokens.
        padding: id of the token.
    """

    def __init__(self, length: int, padding: int, **settings: Any):
        super().__init__(**settings)
        self.length = length
        self.padding = padding

    def call(self, ids: KerasTensor, present: KerasTensor) -> KerasTensor:
        """Pad ids, (batch, any length); present is 1 for a token, 0 for padding."""
        ids = ops.where(ops.cast(present, "bool"), ids, self.padding)
        rest = ops.full((ops.shape(ids)[0], self.length), self.padding, dtype="int32")
        return ops.concatenate([ops.cast(ids, "int32"), rest], axis=1)[:, : self.length]

    def compute_output_spec(self, ids: KerasTensor, present: KerasTensor) -> KerasTensor:
        """Give shape and type: the length is one whatever comes."""
        return KerasTensor((ids.shape[0], self.length), dtype="int32")

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "length": self.length, "padding": self.padding}


@registered
class EndToken(layers.Layer):
    """Take the token at which each text ends.

    Args:
        end: its id; None where it is the greatest of all ids.
    """

    def __init__(self, end: int | None, **settings: Any):
        super().__init__(**settings)
        self.end = end

    def call(self, x: KerasTensor, ids: KerasTensor) -> KerasTensor:
        """Take it, (batch, width), from x, (batch, length, width), by ids, (batch, length)."""
        marks = ids if self.end is None else ops.cast(ops.equal(ids, self.end), "int32")
        first = ops.argmax(marks, axis=1)
        return ops.take_along_axis(x, ops.cast(first, "int32")[:, None, None], axis=1)[:, 0]

    def compute_output_spec(self, x: KerasTensor, ids: KerasTensor) -> KerasTensor:
        """Give shape and type."""
        return KerasTensor((x.shape[0], x.shape[2]), dtype=x.dtype)

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "end": self.end}
