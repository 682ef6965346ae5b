"""The families that zooflow can trace, found by import."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Protocol, cast

from .. import backbones
from ..errors import UnknownName
from ..names import variants


class Family(Protocol):
    """What a module in `zooflow.backbones` offers besides the function of its own name.

    `MODEL_TYPES` and `arguments` are there where transformers writes the family's configs;
    `SPELLINGS` where its tensors go by foreign names too, and `RULES` where these can be told
    from the mirrored ones without being said.
    """

    VARIANTS: dict[str, dict[str, Any]]
    BLOCK: str
    HEAD: str
    SKIP: str


def families() -> Iterator[tuple[str, Family]]:
    """Go through the families with their names."""
    for module in pkgutil.iter_modules(backbones.__path__):
        found = import_module(f"{backbones.__name__}.{module.name}")
        if hasattr(found, module.name):
            yield module.name, cast(Family, found)


def family(name: str) -> Family:
    """Find a family by name.

    Raises:
        UnknownName: there is no such family.
    """
    known = [module.name for module in pkgutil.iter_modules(backbones.__path__)]
    if name not in known:
        raise UnknownName("family", name, known)
    return cast(Family, import_module(f"{backbones.__name__}.{name}"))


def family_of_variant(variant: str) -> str:
    """Say which family traces a timm architecture.

    Raises:
        UnknownName: none does.
    """
    if variant not in variants():
        raise UnknownName("architecture", variant, list(variants()), hint="zooflow list shows all")
    return variants()[variant]


def family_of_model_type(model_type: str) -> str:
    """Say which family traces a transformers model type.

    Raises:
        UnknownName: none does.
    """
    types = {kind: name for name, found in families() for kind in getattr(found, "MODEL_TYPES", ())}
    if model_type not in types:
        raise UnknownName(
            "model type", model_type, list(types), hint=f"zooflow knows {', '.join(sorted(types))}"
        )
    return types[model_type]
