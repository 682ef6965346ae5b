"""The tower of texts of CLIP.

Paper: Radford et al., Learning Transferable Visual Models From Natural Language Supervision, 2021.
    arXiv:2103.00020
Names: transformers', the arguments' too.
"""

from typing import Any

from keras import KerasTensor

from ..spelling import Spelling
from .configs.images import NATURAL
from .configs.settings import ACT, COUNT, EPSILON, Settings, check_heads, settings, written
from .configs.text_tower import FIXED, NUMBERS
from .parts import dense
from .parts.text_tower import BLOCK as BLOCK
from .parts.text_tower import FOREIGN, Causal, EndToken, Tower, encode
from .parts.text_tower import RULES as RULES
from .variants.clip_text import VARIANTS as VARIANTS

INPUT = "texts"
TOWER = True  # a part of a checkpoint
HEAD = "classifier"  # the checkpoint's own name for the classifier
SKIP = rf"classifier\..+|{FOREIGN}"  # the checkpoint's tensors that no layer takes
SPELLINGS = {"transformers": lambda numbers: Spelling()}
PARTS = {"projection_dim": r"^text_projection\."}
KNOWN: Settings = {
    **NUMBERS,
    "vocab_size": (49408, COUNT),
    "max_position_embeddings": (77, COUNT),
    "hidden_size": (512, COUNT),
    "intermediate_size": (2048, COUNT),
    "num_attention_heads": (8, COUNT),
    "hidden_act": ("quick_gelu", ACT),
    "layer_norm_eps": (1e-5, EPSILON),
    "projection_dim": (512, COUNT),
    "eos_token_id": (49407, NATURAL),
}


def clip_text(
    x: dict[str, KerasTensor],
    *,
    num_hidden_layers: int,
    hidden_size: int,
    num_attention_heads: int,
    intermediate_size: int,
    vocab_size: int = 49408,
    max_position_embeddings: int = 77,
    hidden_act: str = "quick_gelu",
    layer_norm_eps: float = 1e-5,
    attention_dropout: float = 0.0,
    projection_dim: int = 0,
    eos_token_id: int = 49407,
) -> tuple[KerasTensor, KerasTensor]:
    """Trace the tower of texts of a CLIP.

    Args:
        x: input_ids and attention_mask (1 for a token, 0 for padding), each (batch, length), whole
            numbers.
        num_hidden_layers: blocks of attention and MLP.
        hidden_size: width of a token.
        num_attention_heads: parts of the width that attend on their own.
        intermediate_size: width inside a block's MLP.
        vocab_size: how many tokens there are.
        max_position_embeddings: most tokens of a text.
        hidden_act: activation in the MLP.
        layer_norm_eps: added to the variance by normalisation.
        attention_dropout: share of what is attended to that training drops, 0 to 1.
        projection_dim: channels that images and texts share, to which what was pooled is mapped:
            transformers' `text_embeds`; 0 for not.
        eos_token_id: the token that ends a text, which is what is pooled. In old configs it is 2,
            which is wrong; there the token of the greatest id is.

    Returns:
        Features, (batch, length, hidden_size), and the features pooled, (batch, projection_dim or
        hidden_size).
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
    features = encode(x["input_ids"], Causal(name="causal")(x["attention_mask"]), tower)
    end = None if eos_token_id == 2 else eos_token_id
    pooled = EndToken(end, name="pool")(features, x["input_ids"])
    if projection_dim:
        pooled = dense(pooled, projection_dim, bias=False, name="text_projection")
    return features, pooled


def arguments(config: dict[str, Any]) -> dict[str, Any]:
    """Turn transformers' config.json into the arguments of `clip_text`.

    Raises:
        BadCheckpoint: a setting that zooflow does not trace, or a value that it cannot take.
    """
    values = settings(
        config, {**KNOWN, **FIXED}, kind="clip_text_model", ignored=["initializer_factor"]
    )
    check_heads(values["hidden_size"], values["num_attention_heads"])
    found = {key: values[key] for key in KNOWN}
    if "CLIPTextModel" in (config.get("architectures") or ()):
        found["projection_dim"] = 0
    return found


def config(arguments: dict[str, Any]) -> dict[str, Any]:
    """Turn the arguments of `clip_text` into transformers' config.json."""
    known = {key: word for key, word in KNOWN.items() if arguments.get(key) != 0}
    return written(arguments, known, model_type="clip_text_model")
