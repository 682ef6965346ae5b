"""Words of a family's arguments, and what each of them means."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from keras import KerasTensor

from ...errors import BadInput
from . import layer_norm
from .attention import rms_norm

NORMS = {"layernorm": layer_norm, "rmsnorm": rms_norm}


def choose(family: str, argument: str, word: Any, known: Mapping[str, Any]) -> Any:
    """Find what a word means.

    Args:
        family: whose argument it is, for the message.
        argument: its name.
        word: what was given.
        known: words and their meanings.

    Raises:
        BadInput: a word that is none of the known.
    """
    if not isinstance(word, str) or word not in known:
        words = ", ".join(repr(word) for word in known)
        raise BadInput(f"{family} does not know {argument} {word!r}", hint=f"it knows {words}")
    return known[word]


def choose_norm(
    family: str, argument: str, kind: str | tuple[str, float], epsilon: float = 1e-6
) -> Callable[..., KerasTensor]:
    """Find the norm of a word, or of a word with its epsilon; `norm(x, name=…)` traces it.

    Raises:
        BadInput: a word that is no norm.
    """
    word, epsilon = (kind, epsilon) if isinstance(kind, str) else kind
    return partial(choose(family, argument, word, NORMS), epsilon=epsilon)
