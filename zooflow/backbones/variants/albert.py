"""ALBERTs of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("albert",)  # of transformers

SHAPE = ("num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size")
SIZES = {
    "base": dict(zip(SHAPE, (12, 768, 12, 3072), strict=True)),
    "large": dict(zip(SHAPE, (24, 1024, 16, 4096), strict=True)),
    "xlarge": dict(zip(SHAPE, (24, 2048, 16, 8192), strict=True)),
    "xxlarge": dict(zip(SHAPE, (12, 4096, 64, 16384), strict=True)),
}
FIRST: dict[str, Any] = {"hidden_act": "gelu"}
DROPS: dict[str, Any] = {"hidden_dropout_prob": 0.1, "attention_probs_dropout_prob": 0.1}
VARIANTS: dict[str, dict[str, Any]] = {
    **{
        f"albert-{size}-v1": numbers | FIRST | (DROPS if size != "xxlarge" else {})
        for size, numbers in SIZES.items()
    },
    **{f"albert-{size}-v2": dict(numbers) for size, numbers in SIZES.items()},
}
