"""DeBERTa, versions 2 and 3: what a token says and where it stands attend to each other.

Paper: He et al., DeBERTa: Decoding-enhanced BERT with Disentangled Attention, 2020.
arXiv:2006.03654; DeBERTaV3, 2021. arXiv:2111.09543
Names: transformers', the arguments' too.
"""

from keras import KerasTensor, layers

from .configs.deberta_v2 import arguments, config  # noqa: F401 (the zoo reads configs through it)
from .deberta_v2_blocks import Disentangled, Present, block, near_tokens, table
from .parts import dense, layer_norm
from .parts.encoder import Positions, Shape, rules
from .parts.initializers import Draw
from .parts.vectors import Pool, vector
from .variants.deberta_v2 import VARIANTS as VARIANTS

INPUT = "texts"
BLOCK = r"embeddings|encoder-layer-\d+"  # the steps in which a phase freezes
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = (
    r"(cls|classifier|qa_outputs|lm_predictions|mask_predictions|pooler)\..+"
    r"|embeddings\.(position_ids|position_embeddings\.weight)"
)
RULES = rules("deberta")


def deberta_v2(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    embedding_size: int | None = None,
    vocab_size: int = 128100,
    max_position_embeddings: int = 512,
    type_vocab_size: int = 0,
    position_biased_input: bool = True,
    relative_attention: bool = False,
    max_relative_positions: int = -1,
    position_buckets: int = -1,
    pos_att_type: tuple[str, ...] = (),
    share_att_key: bool = False,
    norm_rel_ebd: str = "none",
    conv_kernel_size: int = 0,
    conv_act: str = "tanh",
    hidden_act: str = "gelu",
    pooler_hidden_act: str = "gelu",
    layer_norm_eps: float = 1e-7,
    hidden_dropout_prob: float = 0.1,
    attention_probs_dropout_prob: float = 0.1,
    pool: Pool = "token",
) -> tuple[KerasTensor, KerasTensor]:
    """Trace a DeBERTa without its classifier.

    Args:
        x: input_ids, attention_mask (1 for a token, 0 for padding) and token_type_ids, each
            (batch, length), whole numbers; the last only where type_vocab_size is not 0.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        embedding_size: width of the tables, which is brought to hidden_size where it differs.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text, where positions are added to them.
        type_vocab_size: kinds of segments: the first and the second text of a pair; or 0.
        position_biased_input: add learned positions to the tokens.
        relative_attention: attend to how far tokens stand apart.
        max_relative_positions: distance beyond which all are alike; max_position_embeddings where
            it is below 1.
        position_buckets: kinds of distances on either side; below 1, each is its own.
        pos_att_type: which likeness counts: "c2p" of a token to a distance, "p2c" of a distance to
            a token.
        share_att_key: make keys and queries of distances by the layers that make those of tokens.
        norm_rel_ebd: "layer_norm" normalises the table of distances; "none" does not.
        conv_kernel_size: tokens that a convolution beside the first block sees; 0 for none.
        conv_act: its activation.
        hidden_act: activation in the MLP.
        pooler_hidden_act: activation of the pooler.
        layer_norm_eps: added to the variance by normalisation.
        hidden_dropout_prob: share of the features that training drops, 0 to 1.
        attention_probs_dropout_prob: share of what is attended to that training drops, 0 to 1.
        pool: as `vectors.vector` pools.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, hidden_size).
    """
    ids, present = x["input_ids"], x["attention_mask"]
    rows = {"word_embeddings": (vocab_size, ids)}
    if position_biased_input:
        places = Positions(name="positions")(ids)
        rows["position_embeddings"] = (max_position_embeddings, places)
    if type_vocab_size:
        rows["token_type_embeddings"] = (type_vocab_size, x["token_type_ids"])
    width = embedding_size or hidden_size
    parts = [
        layers.Embedding(count, width, Draw(), name=f"embeddings-{name}")(index)
        for name, (count, index) in rows.items()
    ]
    y = layers.Add(name="embeddings-add")(parts) if len(parts) > 1 else parts[0]
    if width != hidden_size:
        y = dense(y, hidden_size, bias=False, name="embeddings-embed_proj")
    y = layer_norm(y, epsilon=layer_norm_eps, name="embeddings-LayerNorm")
    y = Present(name="embeddings-present")(y, present)
    y = start = layers.Dropout(hidden_dropout_prob, name="embeddings")(y)

    shape = Shape(
        width=hidden_size,
        heads=num_attention_heads,
        inner=intermediate_size,
        act=hidden_act,
        epsilon=layer_norm_eps,
        dropout=(attention_probs_dropout_prob, hidden_dropout_prob, hidden_dropout_prob),
    )
    farthest = max_relative_positions if max_relative_positions > 0 else max_position_embeddings
    buckets = max(position_buckets, 0)
    distances = None
    if relative_attention:
        distances = table(ids, 2 * (buckets or farthest), hidden_size)
        if norm_rel_ebd == "layer_norm":
            distances = layer_norm(distances, epsilon=layer_norm_eps, name="encoder-LayerNorm")
    for i in range(num_hidden_layers):
        name = f"encoder-layer-{i}"
        attend = Disentangled(
            num_attention_heads,
            buckets=buckets,
            farthest=farthest,
            kinds=pos_att_type,
            dropout=attention_probs_dropout_prob,
            name=f"{name}-attention-self",
        )
        y = block(y, present, distances, attend, shape, shared=share_att_key, name=name)
        if i == 0 and conv_kernel_size:
            y = near_tokens(start, y, present, shape, conv_kernel_size, conv_act)
        y = layers.Identity(name=name)(y)
    pooler = ("pooler-dense", "pooler", pooler_hidden_act)
    return y, vector(y, present, pool, pooler=pooler)
