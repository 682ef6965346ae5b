"""DeBERTas of the hub, versions 2 and 3: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("deberta-v2",)  # of transformers

SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
THIRD: dict[str, Any] = {
    "position_biased_input": False,
    "relative_attention": True,
    "position_buckets": 256,
    "pos_att_type": ("c2p", "p2c"),
    "share_att_key": True,
    "norm_rel_ebd": "layer_norm",
}
SECOND: dict[str, Any] = {**THIRD, "conv_kernel_size": 3, "conv_act": "gelu"}
BASE: dict[str, Any] = {**dict(zip(SHAPE, (12, 768, 12, 3072), strict=True)), **THIRD}
XLARGE: dict[str, Any] = {**dict(zip(SHAPE, (24, 1536, 24, 6144), strict=True)), **SECOND}
XXLARGE: dict[str, Any] = {**XLARGE, "num_hidden_layers": 48}
VARIANTS: dict[str, dict[str, Any]] = {
    "deberta-v2-xlarge": XLARGE,
    "deberta-v2-xlarge-mnli": XLARGE,
    "deberta-v2-xxlarge": XXLARGE,
    "deberta-v2-xxlarge-mnli": XXLARGE,
    "deberta-v3-xsmall": {**dict(zip(SHAPE, (12, 384, 6, 1536), strict=True)), **THIRD},
    "deberta-v3-small": {**BASE, "num_hidden_layers": 6},
    "deberta-v3-base": BASE,
    "deberta-v3-large": {**dict(zip(SHAPE, (24, 1024, 16, 4096), strict=True)), **THIRD},
    "mdeberta-v3-base": {**BASE, "vocab_size": 251000},
}
