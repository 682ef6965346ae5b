"""BERT, the bidirectional encoder for text, and what shares its network, such as MiniLM.

Paper: Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers, 2018. arXiv:1810.04805
Names: transformers', the arguments' too.
"""

from functools import partial

from keras import KerasTensor, layers, ops

from .attention import Attention, MaskedMean, Token
from .bert_config import arguments  # noqa: F401 (the zoo reads configs through the family)
from .initializers import Draw
from .parts import activation, dense, layer_norm, registered
from .variants.bert import VARIANTS as VARIANTS

MODEL_TYPES = ("bert",)
BLOCK = r"embeddings|encoder-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"(cls|classifier|qa_outputs|pooler)\..+|embeddings\.position_ids"  # unless a layer takes it
RULES = (  # a task's model holds all this as its `bert`; old checkpoints speak TensorFlow's names
    (r"^bert\.", ""),
    (r"LayerNorm\.gamma$", "LayerNorm.weight"),
    (r"LayerNorm\.beta$", "LayerNorm.bias"),
)
FAR = 3e4  # unlikeness that shuts padding out, within float16


def bert(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    vocab_size: int = 30522,
    max_position_embeddings: int = 512,
    type_vocab_size: int = 2,
    hidden_act: str = "gelu",
    layer_norm_eps: float = 1e-12,
    hidden_dropout_prob: float = 0.1,
    attention_probs_dropout_prob: float = 0.1,
    pool: str = "pooler",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a BERT without its classifier.

    Args:
        x: input_ids, attention_mask (1 for a token, 0 for padding) and token_type_ids, each
            (batch, length), whole numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        type_vocab_size: kinds of segments: the first and the second text of a pair.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        hidden_dropout_prob: share of the features that training drops, 0 to 1.
        attention_probs_dropout_prob: share of what is attended to that training drops, 0 to 1.
        pool: "pooler" takes the first token through the checkpoint's dense layer and tanh;
            "token" takes it as it is; "mean" averages over all tokens.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    ids, present, types = x["input_ids"], x["attention_mask"], x["token_type_ids"]
    rows = {
        "word_embeddings": (vocab_size, ids),
        "token_type_embeddings": (type_vocab_size, types),
        "position_embeddings": (max_position_embeddings, Positions(name="positions")(ids)),
    }
    parts = [
        layers.Embedding(count, hidden_size, Draw(), name=f"embeddings-{name}")(index)
        for name, (count, index) in rows.items()
    ]
    y = layers.Add(name="embeddings-add")(parts)
    y = layer_norm(y, epsilon=layer_norm_eps, name="embeddings-LayerNorm")
    y = layers.Dropout(hidden_dropout_prob, name="embeddings")(y)

    bias = layers.Reshape((1, 1, -1), name="attention_mask-expand")(present)
    bias = layers.Rescaling(FAR, -FAR, name="attention_mask-bias")(bias)
    for i in range(num_hidden_layers):
        name = f"encoder-layer-{i}"
        attend = Attention(
            num_attention_heads, attention_probs_dropout_prob, name=f"{name}-attention-self"
        )
        close = partial(add, dropout=hidden_dropout_prob, epsilon=layer_norm_eps)
        qkv = [
            dense(y, hidden_size, name=f"{name}-attention-self-{part}")
            for part in ("query", "key", "value")
        ]
        y = close(y, attend(*qkv, bias), name=f"{name}-attention-output")
        z = dense(y, intermediate_size, name=f"{name}-intermediate-dense")
        z = activation(z, hidden_act, name=f"{name}-intermediate")
        y = close(y, z, name=f"{name}-output")
        y = layers.Identity(name=name)(y)

    if pool == "mean":
        return y, MaskedMean(name="pool")(y, present)
    first = Token(name="pool")(y)
    if pool == "token":
        return y, first
    first = dense(first, hidden_size, name="pooler-dense")
    return y, activation(first, "tanh", name="pooler")


def add(
    x: KerasTensor, y: KerasTensor, *, dropout: float, epsilon: float, name: str
) -> KerasTensor:
    """Bring y to the width of x, add it, and normalise."""
    y = dense(y, x.shape[-1], name=f"{name}-dense")
    y = layers.Dropout(dropout, name=f"{name}-dropout")(y)
    y = layers.Add(name=f"{name}-add")([y, x])
    return layer_norm(y, epsilon=epsilon, name=f"{name}-LayerNorm")


@registered
class Positions(layers.Layer):
    """Count the tokens of each text: 0, 1, 2 and so on."""

    def call(self, ids: KerasTensor) -> KerasTensor:
        """Count along ids, (batch, length)."""
        return ops.broadcast_to(ops.arange(ops.shape(ids)[1], dtype="int32"), ops.shape(ids))
