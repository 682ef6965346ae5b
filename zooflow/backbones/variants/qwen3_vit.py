"""timm's encoders of images of Qwen3: their numbers, under timm's own argument names."""

from typing import Any

Numbers = dict[str, Any]

SIZES: dict[str, Numbers] = {
    "88m": {"embed_dim": 768, "depth": 12, "num_heads": 12, "mlp_ratio": 4.0},
    "306m": {"embed_dim": 1024, "depth": 24, "num_heads": 16, "mlp_ratio": 4.0},
    "416m": {"embed_dim": 1152, "depth": 27, "num_heads": 16, "mlp_ratio": 4304 / 1152},
}
ALONE = {"prefix": "", "global_pool": "merge"}
MERGED = {"encoder_pool": "merge"}

VARIANTS: dict[str, Numbers] = {
    f"qwen3_vit_{size}{kind}": numbers | rest
    for size, numbers in SIZES.items()
    for kind, rest in {"": {}, "_merge": MERGED, "_enc": ALONE}.items()
}
WIDTHS = {  # of the language model that the projector was made for
    "qwen3_5_0_8b": 1024,
    "qwen3_5_2b": 2048,
    "qwen3_5_4b": 2560,
    "qwen3_5_9b": 4096,
    "qwen3_5_27b": 5120,
    "qwen3_8_27b": 5120,
    "qwen3_8_flash_next": 2560,
    "qwen3_vl_4b": 2560,
    "qwen3_vl_8b": 4096,
    "qwen3_vl_32b": 5120,
    "qwen3_vl_30b_a3b": 2048,
    "qwen3_vl_235b_a22b": 4096,
    "qwen_drive_1_0_4b": 2560,
}
TAGS = {tag: {"out_features": width} for tag, width in WIDTHS.items()}
