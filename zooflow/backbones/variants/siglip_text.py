"""The towers of texts of SigLIP: a checkpoint's own config.json has their numbers."""

from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {}
