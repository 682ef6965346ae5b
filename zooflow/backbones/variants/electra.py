"""ELECTRAs of the hub: their numbers, under transformers' own argument names."""

from typing import Any

MODEL_TYPES = ("electra",)  # of transformers

SHAPE = (
    "num_hidden_layers",
    "embedding_size",
    "hidden_size",
    "num_attention_heads",
    "intermediate_size",
)
VARIANTS: dict[str, dict[str, Any]] = {
    name: dict(zip(SHAPE, numbers, strict=True))
    for name, numbers in {
        "electra-small-discriminator": (12, 128, 256, 4, 1024),
        "electra-small-generator": (12, 128, 256, 4, 1024),
        "electra-base-discriminator": (12, 768, 768, 12, 3072),
        "electra-base-generator": (12, 768, 256, 4, 1024),
        "electra-large-discriminator": (24, 1024, 1024, 16, 4096),
        "electra-large-generator": (24, 1024, 256, 4, 1024),
    }.items()
}
