"""BERT, the bidirectional encoder for text, and what shares its network, such as MiniLM.

Paper: Devlin et al., BERT: Pre-training of Deep Bidirectional Transformers, 2018. arXiv:1810.04805
Names: transformers', the arguments' too.
"""

from keras import KerasTensor, layers

from .configs.bert import arguments, config  # noqa: F401 (the zoo reads configs through the family)
from .parts.encoder import Shape, embed_pair, encode, padding, rules
from .parts.vectors import Pool, vector
from .variants.bert import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|encoder-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = r"(cls|classifier|qa_outputs|pooler)\..+|embeddings\.position_ids"  # unless a layer takes it
RULES = rules("bert")


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
    pool: Pool = "pooler",
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
        pool: as `vectors.vector` pools.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    present = x["attention_mask"]
    sizes = vocab_size, type_vocab_size, max_position_embeddings
    y = embed_pair(x, sizes, width=hidden_size, epsilon=layer_norm_eps)
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
