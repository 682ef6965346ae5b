"""The families that zooflow can trace, found by import."""

from importlib import import_module
from typing import Any, Protocol, cast

from .. import backbones
from ..backbones import variants
from ..errors import UnknownName


class Family(Protocol):
    """What a module in `zooflow.backbones` offers besides the function of its own name.

    Some have more. `arguments` and `config`: for configs that transformers writes, of the
    `MODEL_TYPES` that stand beside the variants.
    `SPELLINGS`: how other libraries spell its tensors, made from a variant's numbers. `RULES`: for
    several forms of one name. `resized`: for images of another size. `INPUT`: "texts" where it
    takes no images. `FRESH`: the tensors of a head that a checkpoint may lack all together.
    `PARTS`: an argument, and the tensors without which it is off. `TAGS`: numbers of one tag.
    """

    VARIANTS: dict[str, dict[str, Any]]
    BLOCK: str
    HEAD: str
    SKIP: str


def families() -> list[str]:
    """Name the families."""
    return variants.names()


def family(name: str) -> Family:
    """Find a family by name.

    Raises:
        UnknownName: there is no such family.
    """
    if name not in families():
        raise UnknownName("family", name, families())
    return cast(Family, import_module(f"{backbones.__name__}.{name}"))


def family_of_variant(variant: str) -> str:
    """Say which family traces a timm architecture.

    Raises:
        UnknownName: none does.
    """
    known = variants.families()
    if variant not in known:
        raise UnknownName("architecture", variant, list(known), hint="zooflow list shows all")
    return known[variant]


def family_of_model_type(model_type: str) -> str:
    """Say which family traces a transformers model type.

    Raises:
        UnknownName: none does.
    """
    types = variants.model_types()
    if model_type not in types:
        raise UnknownName(
            "model type", model_type, list(types), hint=f"zooflow knows {', '.join(sorted(types))}"
        )
    return types[model_type]
