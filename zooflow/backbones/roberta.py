"""RoBERTa, a BERT trained longer; in French CamemBERT, in a hundred languages XLM-RoBERTa.

Paper: Liu et al., RoBERTa: A Robustly Optimized BERT Pretraining Approach, 2019. arXiv:1907.11692;
Conneau et al., Unsupervised Cross-lingual Representation Learning at Scale, 2019. arXiv:1911.02116
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor, layers, ops

from .configs.bert import FIXED
from .configs.bert import NUMBERS as BERT
from .configs.settings import COUNT, INDEX, Settings, check_heads, settings, written
from .parts.encoder import Positions, Shape, embed, encode, padding, rules
from .parts.vectors import Pool, vector
from .variants.roberta import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|encoder-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier.out_proj"  # the checkpoint's own name for the classifier
SKIP = r"(classifier|lm_head|qa_outputs|pooler)\..+|embeddings\.(position|token_type)_ids"
RULES = rules("roberta")
NUMBERS: Settings = {**BERT, "vocab_size": (50265, COUNT), "pad_token_id": (1, INDEX)}


def roberta(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    vocab_size: int = 50265,
    max_position_embeddings: int = 512,
    type_vocab_size: int = 2,
    pad_token_id: int = 1,
    hidden_act: str = "gelu",
    layer_norm_eps: float = 1e-12,
    hidden_dropout_prob: float = 0.1,
    attention_probs_dropout_prob: float = 0.1,
    pool: Pool = "pooler",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a RoBERTa without its classifier.

    Args:
        x: input_ids and attention_mask (1 for a token, 0 for padding), each (batch, length),
            whole numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: rows of the table of positions, of which the first
            `pad_token_id` + 1 are no token's.
        type_vocab_size: kinds of segments, of which all tokens are the first.
        pad_token_id: of the padding, which positions do not count.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        hidden_dropout_prob: share of the features that training drops, 0 to 1.
        attention_probs_dropout_prob: share of what is attended to that training drops, 0 to 1.
        pool: as `vectors.vector` pools.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    ids, present = x["input_ids"], x["attention_mask"]
    places = Positions(pad_token_id, name="positions")(ids)
    rows = {
        "token_type_embeddings": (type_vocab_size, ops.zeros_like(ids)),
        "position_embeddings": (max_position_embeddings, places),
    }
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
    y = encode(y, padding(present), shape, depth=num_hidden_layers)
    return y, vector(y, present, pool)


def longest(arguments: dict[str, Any]) -> int:
    """Say how many tokens a text may have."""
    return arguments["max_position_embeddings"] - arguments["pad_token_id"] - 1


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `roberta`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    other = {} if config["model_type"] == "roberta" else {"vocab_size": BERT["vocab_size"]}
    values = settings(config, {**NUMBERS, **other, **FIXED}, kind="roberta")
    check_heads(values["hidden_size"], values["num_attention_heads"])
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `roberta` into transformers' config.json."""
    return written(arguments, NUMBERS, model_type="roberta")
