"""The towers of texts of CLIP: a checkpoint's own config.json has their numbers."""

from typing import Any

MODEL_TYPES = ("clip_text_model",)  # of transformers

VARIANTS: dict[str, dict[str, Any]] = {}
