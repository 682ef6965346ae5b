"""ELECTRA, a BERT that learned to tell real tokens from replaced ones.

Paper: Clark et al., ELECTRA: Pre-training Text Encoders as Discriminators, 2020. arXiv:2003.10555
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor, layers

from .configs.bert import FIXED
from .configs.bert import NUMBERS as BERT
from .configs.settings import COUNT, Settings, check_heads, settings, written
from .parts import dense
from .parts.encoder import Shape, embed_pair, encode, padding, rules
from .parts.vectors import Pool, vector
from .variants.electra import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|encoder-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier.out_proj"  # the checkpoint's own name for the classifier
SKIP = (
    r"(classifier|qa_outputs|sequence_summary|(discriminator|generator)_\w+)\..+"
    r"|embeddings\.(position|token_type)_ids"
)
RULES = rules("electra")
NUMBERS: Settings = {  # with transformers' defaults, which its files leave out
    **BERT,
    "embedding_size": (128, COUNT),
    "hidden_size": (256, COUNT),
    "num_attention_heads": (4, COUNT),
    "intermediate_size": (1024, COUNT),
}
IGNORED = ("summary_type", "summary_use_proj", "summary_activation", "summary_last_dropout")


def electra(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    embedding_size: int = 128,
    vocab_size: int = 30522,
    max_position_embeddings: int = 512,
    type_vocab_size: int = 2,
    hidden_act: str = "gelu",
    layer_norm_eps: float = 1e-12,
    hidden_dropout_prob: float = 0.1,
    attention_probs_dropout_prob: float = 0.1,
    pool: Pool = "token",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace an ELECTRA without its classifier.

    Args:
        x: input_ids, attention_mask (1 for a token, 0 for padding) and token_type_ids, each
            (batch, length), whole numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        embedding_size: width of the tables, which is brought to hidden_size where it differs.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        type_vocab_size: kinds of segments: the first and the second text of a pair.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        hidden_dropout_prob: share of the features that training drops, 0 to 1.
        attention_probs_dropout_prob: share of what is attended to that training drops, 0 to 1.
        pool: as `vectors.vector` pools; there is no "pooler".

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    present = x["attention_mask"]
    sizes = vocab_size, type_vocab_size, max_position_embeddings
    y = embed_pair(x, sizes, width=embedding_size, epsilon=layer_norm_eps)
    y = layers.Dropout(hidden_dropout_prob, name="embeddings-dropout")(y)
    if embedding_size != hidden_size:
        y = dense(y, hidden_size, name="embeddings_project")
    y = layers.Identity(name="embeddings")(y)
    shape = Shape(
        width=hidden_size,
        heads=num_attention_heads,
        inner=intermediate_size,
        act=hidden_act,
        epsilon=layer_norm_eps,
        dropout=(attention_probs_dropout_prob, hidden_dropout_prob, hidden_dropout_prob),
    )
    y = encode(y, padding(present), shape, depth=num_hidden_layers)
    return y, vector(y, present, pool, pooler=None)


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `electra`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**NUMBERS, **FIXED}, kind="electra", ignored=IGNORED)
    check_heads(values["hidden_size"], values["num_attention_heads"])
    return {key: values[key] for key in NUMBERS}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `electra` into transformers' config.json."""
    return written(arguments, NUMBERS, model_type="electra")
