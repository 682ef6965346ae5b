"""ModernBERT, an encoder of long texts: most blocks see near tokens only.

Paper: Warner et al., Smarter, Better, Faster, Longer: A Modern Bidirectional Encoder for Fast,
Memory Efficient, and Long Context Finetuning and Inference, 2024. arXiv:2412.13663
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor, layers, ops

from .configs.modernbert import arguments, config  # noqa: F401 (the zoo reads configs through it)
from .parts import activation, add, dense, registered
from .parts.attention import Attention, Split, split_heads
from .parts.encoder import FAR
from .parts.initializers import Draw
from .parts.vectors import Pool, vector
from .variants.modernbert import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|layers-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"(head|decoder|classifier)\..+"  # the checkpoint's tensors that no layer takes
RULES = ((r"^model\.", ""),)  # a task's model holds all this as its `model`
FULL, LOCAL = "full_attention", "sliding_attention"


def modernbert(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    vocab_size: int = 50368,
    max_position_embeddings: int = 8192,
    layer_types: tuple[str, ...] | None = None,
    local_attention: int = 128,
    global_rope_theta: float = 160000.0,
    local_rope_theta: float = 10000.0,
    hidden_activation: str = "gelu",
    norm_eps: float = 1e-5,
    norm_bias: bool = False,
    attention_bias: bool = False,
    mlp_bias: bool = False,
    embedding_dropout: float = 0.0,
    attention_dropout: float = 0.0,
    mlp_dropout: float = 0.0,
    pool: Pool = "token",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a ModernBERT without its classifier.

    Args:
        x: input_ids and attention_mask (1 for a token, 0 for padding), each (batch, length),
            whole numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        layer_types: of each block, "full_attention" or "sliding_attention"; every third is full
            where none are given.
        local_attention: tokens that a sliding attention sees, half of them on either side.
        global_rope_theta: how much slower the last channels turn than the first, in full attention.
        local_rope_theta: the same in sliding attention.
        hidden_activation: in the MLP.
        norm_eps: added to the variance by normalisation.
        norm_bias: shift what is normalised.
        attention_bias: shift what the attention's layers give.
        mlp_bias: shift what the MLP's layers give.
        embedding_dropout: share of the embeddings that training drops, 0 to 1.
        attention_dropout: share of what is attended to that training drops, 0 to 1.
        mlp_dropout: share inside the MLP that training drops, 0 to 1.
        pool: as `vectors.vector` pools; there is no "pooler".

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """

    def norm(y: KerasTensor, name: str) -> KerasTensor:
        return layers.LayerNormalization(epsilon=norm_eps, center=norm_bias, name=name)(y)

    present = x["attention_mask"]
    kinds = layer_types or [LOCAL if i % 3 else FULL for i in range(num_hidden_layers)]
    windows = {FULL: None, LOCAL: local_attention // 2}
    thetas = {FULL: global_rope_theta, LOCAL: local_rope_theta}
    bias = {kind: Window(windows[kind], name=f"{kind}-bias")(present) for kind in sorted({*kinds})}
    y = layers.Embedding(vocab_size, hidden_size, Draw(), name="embeddings-tok_embeddings")(
        x["input_ids"]
    )
    y = layers.Dropout(embedding_dropout, name="embeddings")(norm(y, "embeddings-norm"))
    for i, kind in enumerate(kinds):
        name = f"layers-{i}"
        z = norm(y, f"{name}-attn_norm") if i else y
        z = dense(z, 3 * hidden_size, bias=attention_bias, name=f"{name}-attn-Wqkv")
        q, k, v = Split((hidden_size,) * 3, name=f"{name}-attn-split")(z)
        q, k = Turn(num_attention_heads, thetas[kind], name=f"{name}-attn-turn")(q, k)
        z = Attention(num_attention_heads, attention_dropout, name=f"{name}-attn")(
            q, k, v, bias[kind]
        )
        z = dense(z, hidden_size, bias=attention_bias, name=f"{name}-attn-Wo")
        z = layers.Dropout(attention_dropout, name=f"{name}-attn-out_drop")(z)
        y = add(y, z, name=f"{name}-attn-add")
        z = norm(y, f"{name}-mlp_norm")
        z = dense(z, 2 * intermediate_size, bias=mlp_bias, name=f"{name}-mlp-Wi")
        z, gate = Split((intermediate_size,) * 2, name=f"{name}-mlp-split")(z)
        z = activation(z, hidden_activation, name=f"{name}-mlp-act")
        z = layers.Multiply(name=f"{name}-mlp-gate")([z, gate])
        z = layers.Dropout(mlp_dropout, name=f"{name}-mlp-drop")(z)
        z = dense(z, hidden_size, bias=mlp_bias, name=f"{name}-mlp-Wo")
        y = add(y, z, name=name)
    y = norm(y, "final_norm")
    return y, vector(y, present, pool, pooler=None)


@registered
class Window(layers.Layer):
    """Make a bias that shuts out padding, and tokens that are too far.

    Args:
        reach: tokens seen on either side; None for all.
    """

    def __init__(self, reach: int | None, **settings: Any):
        super().__init__(**settings)
        self.reach = reach

    def call(self, present: KerasTensor) -> KerasTensor:
        """Make the bias, (batch, 1, 1 or length, length), of (batch, length)."""
        seen = ops.cast(present, "bool")[:, None, None, :]
        if self.reach is not None:
            places = ops.arange(ops.shape(present)[1], dtype="int32")
            seen = seen & (ops.abs(places[:, None] - places[None, :]) <= self.reach)
        return ops.where(seen, 0.0, -FAR)

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Give (batch, 1, 1 or length, length)."""
        return shape[0], 1, 1 if self.reach is None else shape[1], shape[1]

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "reach": self.reach}


@registered
class Turn(layers.Layer):
    """Turn queries and keys by their places in a text.

    Paper: Su et al., RoFormer: Enhanced Transformer with Rotary Position Embedding, 2021.
    arXiv:2104.09864

    Args:
        heads: parts of the width that attend on their own.
        theta: how much slower the last channels turn than the first.
    """

    def __init__(self, heads: int, theta: float, **settings: Any):
        super().__init__(**settings)
        self.heads, self.theta = heads, theta

    def call(self, q: KerasTensor, k: KerasTensor) -> list[KerasTensor]:
        """Turn q and k, (batch, length, width); give (batch, length, heads, width / heads)."""
        head = q.shape[-1] // self.heads
        bands = self.theta ** -(ops.arange(0, head, 2, dtype="float32") / head)
        places = ops.arange(ops.shape(q)[1], dtype="float32")
        angles = (places[:, None] * bands)[:, None]
        sine, cosine = ops.sin(angles), ops.cos(angles)
        turned = []
        for x in (q, k):
            first, second = ops.split(ops.cast(split_heads(x, self.heads), "float32"), 2, axis=-1)
            y = [first * cosine - second * sine, second * cosine + first * sine]
            turned.append(ops.cast(ops.concatenate(y, axis=-1), x.dtype))
        return turned

    def get_config(self) -> dict[str, Any]:
        """Give the constructor's arguments."""
        return {**super().get_config(), "heads": self.heads, "theta": self.theta}
