"""timm's BEiTs: their numbers, under timm's own argument names."""

from typing import Any

MODEL_TYPES = ("beit", "data2vec-vision")  # of transformers

Numbers = dict[str, Any]

RELATIVE = {"use_abs_pos_emb": False, "use_rel_pos_bias": True}
BASE: Numbers = {"embed_dim": 768, "depth": 12, "num_heads": 12, **RELATIVE}
LARGE: Numbers = {"embed_dim": 1024, "depth": 24, "num_heads": 16, **RELATIVE}

VARIANTS: dict[str, Numbers] = {
    "beit_base_patch16_224": BASE | {"init_values": 0.1},
    "beit_base_patch16_384": BASE | {"init_values": 0.1},
    "beit_large_patch16_224": LARGE | {"init_values": 1e-5},
    "beit_large_patch16_384": LARGE | {"init_values": 1e-5},
    "beit_large_patch16_512": LARGE | {"init_values": 1e-5},
    "beitv2_base_patch16_224": BASE | {"init_values": 1e-5},
    "beitv2_large_patch16_224": LARGE | {"init_values": 1e-5},
}
