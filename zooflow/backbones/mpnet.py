"""MPNet, a BERT that learned from masked and permuted texts, with relative positions.

Paper: Song et al., MPNet: Masked and Permuted Pre-training for Language Understanding, 2020.
arXiv:2004.09297
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor, layers

from .configs.bert import FIXED
from .configs.bert import NUMBERS as BERT
from .configs.settings import COUNT, Settings, Test, check_heads, settings, written
from .parts.distances import BUCKETS, DistanceBias
from .parts.encoder import Positions, Shape, Words, embed, encode, padding, rules
from .parts.vectors import Pool, vector
from .variants.mpnet import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|encoder-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier.out_proj"  # the checkpoint's own name for the classifier
SKIP = r"(classifier|lm_head|qa_outputs|pooler)\..+|embeddings\.position_ids"
RULES = rules("mpnet")
WORDS = Words(
    qkv=("attention-attn-q", "attention-attn-k", "attention-attn-v"),
    attend="attention-attn",
    mix="attention-attn-o",
    mix_norm="attention-LayerNorm",
)
PADDING = 1  # not a setting in transformers either
ROWS: Test = (f"a whole number from {BUCKETS}", lambda x: type(x) is int and x >= BUCKETS)
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **{key: value for key, value in BERT.items() if key != "type_vocab_size"},
    "vocab_size": (30527, COUNT),
    "relative_attention_num_buckets": (32, ROWS),
}


def mpnet(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    vocab_size: int = 30527,
    max_position_embeddings: int = 512,
    relative_attention_num_buckets: int = 32,
    hidden_act: str = "gelu",
    layer_norm_eps: float = 1e-12,
    hidden_dropout_prob: float = 0.1,
    attention_probs_dropout_prob: float = 0.1,
    pool: Pool = "pooler",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an MPNet without its classifier.

    Args:
        x: input_ids and attention_mask (1 for a token, 0 for padding), each (batch, length),
            whole numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: rows of the table of positions, of which the first two are no
            token's.
        relative_attention_num_buckets: rows of the table of distances, of which 32 are used.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        hidden_dropout_prob: share of the features that training drops, 0 to 1.
        attention_probs_dropout_prob: share of what is attended to that training drops, 0 to 1.
        pool: as `vectors.vector` pools.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    ids, present = x["input_ids"], x["attention_mask"]
    places = Positions(PADDING, name="positions")(ids)
    rows = {"position_embeddings": (max_position_embeddings, places)}
    y = embed(ids, rows, vocabulary=vocab_size, width=hidden_size, epsilon=layer_norm_eps)
    y = layers.Dropout(hidden_dropout_prob, name="embeddings")(y)
    shape = Shape(
        width=hidden_size,
        heads=num_attention_heads,
        inner=intermediate_size,
        act=hidden_act,
        epsilon=layer_norm_eps,
        dropout=(attention_probs_dropout_prob, hidden_dropout_prob, hidden_dropout_prob),
    )
    name = "encoder-relative_attention_bias"
    near = DistanceBias(relative_attention_num_buckets, num_attention_heads, name=name)(ids)
    bias = layers.Add(name=f"{name}-add")([padding(present), near])
    y = encode(y, bias, shape, WORDS, depth=num_hidden_layers)
    return y, vector(y, present, pool)


def longest(arguments: dict[str, Any]) -> int:
    """Say how many tokens a text may have."""
    return arguments["max_position_embeddings"] - PADDING - 1


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `mpnet`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **FIXED}, kind="mpnet")
    check_heads(values["hidden_size"], values["num_attention_heads"])
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `mpnet` into transformers' config.json."""
    return written(arguments, NUMBERS, model_type="mpnet")
