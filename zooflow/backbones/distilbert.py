"""DistilBERT, a BERT of half the depth that learned from a whole one.

Paper: Sanh et al., DistilBERT, a distilled version of BERT, 2019. arXiv:1910.01108
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor, layers

from .configs.settings import ACT, COUNT, OFF, RATE, Settings, check_heads, settings, written
from .parts.encoder import Positions, Shape, Words, embed, encode, padding, rules
from .parts.vectors import Pool, vector
from .variants.distilbert import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|transformer-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"((pre_)?classifier|vocab_\w+|qa_outputs)\..+|embeddings\.position_ids"
RULES = rules("distilbert")
WORDS = Words(
    qkv=("attention-q_lin", "attention-k_lin", "attention-v_lin"),
    attend="attention",
    mix="attention-out_lin",
    mix_norm="sa_layer_norm",
    widen="ffn-lin1",
    act="ffn-activation",
    narrow="ffn-lin2",
    norm="output_layer_norm",
)
EPSILON = 1e-12  # not a setting in transformers either
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    "vocab_size": (30522, COUNT),
    "dim": (768, COUNT),
    "n_layers": (6, COUNT),
    "n_heads": (12, COUNT),
    "hidden_dim": (3072, COUNT),
    "max_position_embeddings": (512, COUNT),
    "activation": ("gelu", ACT),
    "dropout": (0.1, RATE),
    "attention_dropout": (0.1, RATE),
}
FIXED: Settings = {"pruned_heads": ({}, OFF)}
IGNORED = ("sinusoidal_pos_embds", "qa_dropout", "seq_classif_dropout", "tie_weights_")


def distilbert(
    x: dict[str, KerasTensor],
    *,
    n_layers: int,
    dim: int,
    n_heads: int,
    hidden_dim: int,
    vocab_size: int = 30522,
    max_position_embeddings: int = 512,
    activation: str = "gelu",
    dropout: float = 0.1,
    attention_dropout: float = 0.1,
    pool: Pool = "token",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a DistilBERT without its classifier.

    Args:
        x: input_ids and attention_mask (1 for a token, 0 for padding), each (batch, length),
            whole numbers.
        n_layers: blocks of attention and MLP.
        dim: width of a token.
        n_heads: parts of the width that attend on their own.
        hidden_dim: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        activation: in the MLP.
        dropout: share of the features that training drops, 0 to 1.
        attention_dropout: share of what is attended to that training drops, 0 to 1.
        pool: as `vectors.vector` pools; there is no "pooler".

    Returns:
        Features, (batch, length, dim), and the features pooled, (batch, dim).
    """
    ids, present = x["input_ids"], x["attention_mask"]
    rows = {"position_embeddings": (max_position_embeddings, Positions(name="positions")(ids))}
    y = embed(ids, rows, vocabulary=vocab_size, width=dim, epsilon=EPSILON)
    y = layers.Dropout(dropout, name="embeddings")(y)
    rates = (attention_dropout, 0.0, dropout)
    shape = Shape(dim, n_heads, hidden_dim, activation, EPSILON, rates)
    y = encode(y, padding(present), shape, WORDS, depth=n_layers, name="transformer-layer")
    return y, vector(y, present, pool, pooler=None)


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `distilbert`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **FIXED}, kind="distilbert", ignored=IGNORED)
    check_heads(values["dim"], values["n_heads"], ("dim", "n_heads"))
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `distilbert` into transformers' config.json."""
    return written(arguments, NUMBERS, model_type="distilbert")
