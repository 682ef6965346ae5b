"""The variants of each family: their numbers. Imports no ML library."""

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any


@cache
def table(family: str) -> dict[str, dict[str, Any]]:
    """Give the numbers of a family's variants, by name."""
    return import_module(f".{family}", __name__).VARIANTS


@cache
def families() -> dict[str, str]:
    """Map each variant to its family."""
    found = [module.name for module in pkgutil.iter_modules(__path__)]
    return {variant: family for family in found for variant in table(family)}
