"""transformers' RoBERTas, CamemBERTs and XLM-RoBERTas, those of the hub and odd ones."""

from typing import Any

from transformers import CamembertConfig, RobertaConfig, XLMRobertaConfig

from .encoders import run_encoder
from .reference import Reference

LEFT_OUT: dict[str, str] = {}
QUICK = ("roberta-one-layer", "roberta-padding-0", "roberta-padding-4", "camembert-odd", "xlm-odd")
SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
BASE: dict[str, Any] = {
    "max_position_embeddings": 514,
    "type_vocab_size": 1,
    "layer_norm_eps": 1e-5,
}
LARGE = BASE | dict(zip(SHAPE, (2, 1024, 16, 4096), strict=True))
BRIEF = BASE | {"num_hidden_layers": 2, "vocab_size": 2500}
SMALL = dict(zip(SHAPE, (2, 48, 3, 100), strict=True)) | {"vocab_size": 100}
SMALL |= {"max_position_embeddings": 16}
KINDS = {"xlm": XLMRobertaConfig, "par": XLMRobertaConfig, "mul": XLMRobertaConfig}
KINDS |= {"cam": CamembertConfig}
NETWORKS: dict[str, dict[str, Any]] = {
    "roberta-base": BASE,
    "roberta-large": LARGE,
    "roberta-large-mnli": LARGE,
    "distilroberta-base": BASE | {"num_hidden_layers": 6},
    "all-distilroberta-v1": BRIEF,
    "camembert-base": BASE | {"vocab_size": 32005, "num_hidden_layers": 2},
    "camembert-large": LARGE | {"vocab_size": 3200},
    "xlm-roberta-base": BRIEF,
    "xlm-roberta-large": LARGE | {"vocab_size": 2500},
    "paraphrase-multilingual-mpnet-base-v2": BRIEF,
    "multilingual-e5-base": BRIEF,
    "multilingual-e5-large": LARGE | {"vocab_size": 2500},
    "roberta-one-layer": SMALL | {"num_hidden_layers": 1},
    "roberta-padding-0": SMALL | {"pad_token_id": 0},
    "roberta-padding-4": SMALL | {"pad_token_id": 4, "type_vocab_size": 3},
    "roberta-silu": SMALL | {"hidden_act": "silu", "layer_norm_eps": 1e-2},
    "camembert-odd": SMALL | {"hidden_act": "gelu_new"},
    "xlm-odd": SMALL | {"type_vocab_size": 1},
}


def names() -> list[str]:
    """List the networks."""
    return list(NETWORKS)


def reference(name: str) -> Reference:
    """Run one; the large ones with few layers and tokens."""
    settings = KINDS.get(name[:3], RobertaConfig)(**NETWORKS[name])
    return run_encoder(settings, padding=settings.pad_token_id)
