"""ALBERT, a BERT whose blocks share their weights.

A group of blocks is made once and called again and again, so that a tensor stays one layer: it
learns, or is frozen, for all its uses at once. The blocks of freezing are therefore the groups,
usually one; every use ends in a node `encoder-layer-N`, where features can be tapped.

Paper: Lan et al., ALBERT: A Lite BERT for Self-supervised Learning, 2019. arXiv:1909.11942
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor, layers

from ..errors import BadCheckpoint
from .configs.bert import FIXED
from .configs.bert import NUMBERS as BERT
from .configs.settings import ACT, COUNT, RATE, Settings, check_heads, settings, written
from .parts import dense
from .parts.encoder import Shape, Words, block, embed_pair, padding, rules
from .parts.vectors import Pool, vector
from .variants.albert import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|encoder-albert_layer_groups-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = (
    r"(classifier|qa_outputs|predictions|sop_classifier|pooler)\..+"
    r"|embeddings\.(position|token_type)_ids"
)
RULES = rules("albert")
WORDS = Words(
    qkv=("attention-query", "attention-key", "attention-value"),
    attend="attention",
    mix="attention-dense",
    mix_norm="attention-LayerNorm",
    widen="ffn",
    act="activation",
    narrow="ffn_output",
    norm="full_layer_layer_norm",
)
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **BERT,
    "vocab_size": (30000, COUNT),
    "embedding_size": (128, COUNT),
    "hidden_size": (4096, COUNT),
    "num_hidden_groups": (1, COUNT),
    "num_attention_heads": (64, COUNT),
    "intermediate_size": (16384, COUNT),
    "inner_group_num": (1, COUNT),
    "hidden_act": ("gelu_new", ACT),
    "hidden_dropout_prob": (0.0, RATE),
    "attention_probs_dropout_prob": (0.0, RATE),
}
IGNORED = """
    classifier_dropout_prob down_scale_factor gap_size net_structure_type num_memory_blocks
    layers_to_keep
"""


def albert(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    embedding_size: int = 128,
    num_hidden_groups: int = 1,
    inner_group_num: int = 1,
    vocab_size: int = 30000,
    max_position_embeddings: int = 512,
    type_vocab_size: int = 2,
    hidden_act: str = "gelu_new",
    layer_norm_eps: float = 1e-12,
    hidden_dropout_prob: float = 0.0,
    attention_probs_dropout_prob: float = 0.0,
    pool: Pool = "pooler",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an ALBERT without its classifier.

    Args:
        x: input_ids, attention_mask (1 for a token, 0 for padding) and token_type_ids, each
            (batch, length), whole numbers.
        num_hidden_layers: uses of a group.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        embedding_size: width of the tables, which is brought to hidden_size.
        num_hidden_groups: groups of blocks with weights of their own, one after the other.
        inner_group_num: blocks of attention and MLP in a group.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        type_vocab_size: kinds of segments: the first and the second text of a pair.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        hidden_dropout_prob: share of the features that training drops, 0 to 1.
        attention_probs_dropout_prob: share of what is attended to that training drops, 0 to 1.
        pool: as `vectors.vector` pools.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    present = x["attention_mask"]
    sizes = vocab_size, type_vocab_size, max_position_embeddings
    y = embed_pair(x, sizes, width=embedding_size, epsilon=layer_norm_eps)
    y = layers.Dropout(hidden_dropout_prob, name="embeddings-dropout")(y)
    y = dense(y, hidden_size, name="encoder-embedding_hidden_mapping_in")
    y = layers.Identity(name="embeddings")(y)
    bias = padding(present)
    shape = Shape(
        width=hidden_size,
        heads=num_attention_heads,
        inner=intermediate_size,
        act=hidden_act,
        epsilon=layer_norm_eps,
        dropout=(attention_probs_dropout_prob, hidden_dropout_prob, 0.0),
    )
    uses = [int(i / (num_hidden_layers / num_hidden_groups)) for i in range(num_hidden_layers)]
    for group in range(num_hidden_groups):
        name = f"encoder-albert_layer_groups-{group}"
        inner = [
            block(shape, WORDS, name=f"{name}-albert_layers-{i}") for i in range(inner_group_num)
        ]
        for use in (i for i, used in enumerate(uses) if used == group):
            for step in inner:
                y = step(y, bias)
            y = layers.Identity(name=f"encoder-layer-{use}")(y)
        y = layers.Identity(name=name)(y)
    return y, vector(y, present, pool, pooler=("pooler", "pooler_activation", "tanh"))


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `albert`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **FIXED}, kind="albert", ignored=IGNORED.split())
    check_heads(values["hidden_size"], values["num_attention_heads"])
    if values["num_hidden_groups"] > values["num_hidden_layers"]:
        raise BadCheckpoint(
            f"config.json sets num_hidden_groups to {values['num_hidden_groups']}, more than "
            f"num_hidden_layers, {values['num_hidden_layers']}"
        )
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `albert` into transformers' config.json."""
    return written(arguments, NUMBERS, model_type="albert")
