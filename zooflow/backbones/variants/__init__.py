"""The variants of each family: their numbers, and what transformers calls it. No ML library."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any


@cache
def table(family: str) -> dict[str, dict[str, Any]]:
    """Give the numbers of a family's variants, by name."""
    return _module(family).VARIANTS


@cache
def names() -> list[str]:
    """Name the families."""
    return [module.name for module in pkgutil.iter_modules(__path__)]


@cache
def families() -> dict[str, str]:
    """Map each variant to its family."""
    return {variant: family for family in names() for variant in table(family)}


@cache
def model_types() -> dict[str, str]:
    """Map each model type of transformers to its family."""
    return {kind: name for name in names() for kind in getattr(_module(name), "MODEL_TYPES", ())}


def _module(family: str) -> Any:
    return import_module(f".{family}", __name__)
