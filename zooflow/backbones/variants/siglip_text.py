"""The towers of texts of SigLIP: a checkpoint's own config.json has their numbers."""

from typing import Any

MODEL_TYPES = ("siglip_text_model", "siglip2_text_model")  # of transformers

VARIANTS: dict[str, dict[str, Any]] = {}
