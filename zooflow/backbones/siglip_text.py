"""The tower of texts of SigLIP and SigLIP 2.

Paper: Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023. arXiv:2303.15343
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor

from ..spelling import Spelling
from .configs.images import NATURAL
from .configs.settings import COUNT, NONE_OR_COUNT, Settings, check_heads, settings, written
from .configs.text_tower import FIXED, NUMBERS
from .parts import dense
from .parts.attention import Token
from .parts.text_tower import BLOCK as BLOCK
from .parts.text_tower import FOREIGN, Fill, Tower, encode
from .parts.text_tower import RULES as RULES
from .variants.siglip_text import VARIANTS as VARIANTS

INPUT = "texts"
TOWER = True  # a part of a checkpoint
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = rf"classifier\..+|{FOREIGN}"  # the checkpoint's tensors that no layer takes
SPELLINGS = {"transformers": lambda numbers: Spelling()}
KNOWN: Settings = {
    **NUMBERS,
    "vocab_size": (32000, COUNT),
    "max_position_embeddings": (64, COUNT),
    "projection_size": (None, NONE_OR_COUNT),
    "pad_token_id": (1, NATURAL),
}


def siglip_text(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    vocab_size: int = 32000,
    max_position_embeddings: int = 64,
    hidden_act: str = "gelu_pytorch_tanh",
    layer_norm_eps: float = 1e-6,
    attention_dropout: float = 0.0,
    projection_size: int | None = None,
    pad_token_id: int = 1,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace the tower of texts of a SigLIP.

    It learned from texts of one length, whose padding is attended to and whose last token, be it
    padding, is what is pooled. So every text is padded to that length here.

    Args:
        x: input_ids and attention_mask (1 for a token, 0 for padding), each (batch, length), whole
            numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: tokens of every text.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        attention_dropout: share of what is attended to that training drops, 0 to 1.
        projection_size: channels of what is pooled; None for those of a token.
        pad_token_id: the token that fills texts up.

    Returns:
        Features, (batch, max_position_embeddings, hidden_size), and the features pooled, (batch,
        projection_size).
    """
    tower = Tower(
        vocab_size,
        max_position_embeddings,
        hidden_size,
        num_hidden_layers,
        num_attention_heads,
        intermediate_size,
        hidden_act,
        layer_norm_eps,
        attention_dropout,
    )
    fill = Fill(max_position_embeddings, pad_token_id, name="fill")
    features = encode(fill(x["input_ids"], x["attention_mask"]), None, tower)
    last = Token(max_position_embeddings - 1, name="pool")(features)
    return features, dense(last, projection_size or hidden_size, name="head")


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `siglip_text`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(config, {**KNOWN, **FIXED}, kind="siglip_text_model")
    check_heads(values["hidden_size"], values["num_attention_heads"])
    return {key: values[key] for key in KNOWN}


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `siglip_text` into transformers' config.json."""
    return written(arguments, KNOWN, model_type="siglip_text_model")
