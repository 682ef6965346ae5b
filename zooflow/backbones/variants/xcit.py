"""timm's XCiTs: their numbers, under timm's own argument names."""

from typing import Any

SIZES: dict[str, dict[str, Any]] = {
    "nano_12": {"embed_dim": 128, "num_heads": 4},
    "tiny_12": {"embed_dim": 192, "num_heads": 4, "tokens_norm": True},
    "small_12": {"embed_dim": 384, "num_heads": 8, "tokens_norm": True},
    "tiny_24": {"embed_dim": 192, "num_heads": 4, "tokens_norm": True, "depth": 24},
    "small_24": {"embed_dim": 384, "num_heads": 8, "tokens_norm": True, "depth": 24},
    "medium_24": {"embed_dim": 512, "num_heads": 8, "tokens_norm": True, "depth": 24},
    "large_24": {"embed_dim": 768, "num_heads": 16, "tokens_norm": True, "depth": 24},
}
VARIANTS: dict[str, dict[str, Any]] = {
    f"xcit_{size}_p{patch}_{side}": {
        **numbers,
        "patch_size": patch,
        "eta": 1e-5 if size.endswith("24") else 1.0,
    }
    for size, numbers in SIZES.items()
    for patch in (16, 8)
    for side in (224, 384)
}
