"""A folder that timm loads."""

import dataclasses
from pathlib import Path
from typing import Any

from ..cards import ImageInput
from ..checkpoints import save_safetensors
from ..errors import BadInput
from ..run.folder import write_json
from ..zoo.configs import LEARNING
from ..zoo.families import family
from .network import Network, defaults
from .timm_heads import TIMM_HEADS, Spelled

# Families without positions to resample whose networks timm tells the size of the images too.
SIZED = ("hiera", "mlp_mixer", "qwen3_vit", "swinv2", "xcit")
WORDS = {"gelu_pytorch_tanh": "gelu_tanh", "gelu_new": "gelu_tanh"}  # transformers' and timm's


def write_timm(network: Network, folder: Path) -> str:
    """Write config.json and model.safetensors as timm does for the hub.

    Returns:
        The Python that loads it.

    Raises:
        BadInput: timm has no such network.
    """
    card = network.card
    if not isinstance(card.input, ImageInput):
        raise BadInput(
            f"timm has no network for texts, such as {card.name}", hint="--to transformers"
        )
    network = _able(network)
    architecture, arguments = _architecture(network)
    heads, more = classifier(network)
    names = sorted({n.rpartition(".")[0] for n in heads if ".bn." not in n}) or [network.head]
    if is_sized := sized(card.family):
        more = {**more, "img_size": list(card.input.size)}
    facts: dict[str, Any] = {
        "architecture": architecture,
        "num_classes": len(network.labels),
        "num_features": network.width,
        "model_args": {**arguments, **more},
        "pretrained_cfg": {
            "tag": "zooflow",
            "custom_load": False,
            "input_size": [3, *card.input.size],
            "fixed_input_size": is_sized,
            "interpolation": card.input.interpolation,
            "crop_pct": card.input.crop,
            "crop_mode": card.input.crop_mode,
            "mean": list(card.input.mean),
            "std": list(card.input.std),
            "num_classes": len(network.labels),
            "first_conv": network.stem or None,
            "classifier": names[0] if len(names) == 1 else names,
            "license": card.license,
        },
    }
    if network.labels:
        facts["label_names"] = list(network.labels)
    save_safetensors({**network.tensors, **heads}, folder / "model.safetensors")
    write_json(folder / "config.json", facts)
    return "timm.create_model('local-dir:{}', pretrained=True)"


def _able(network: Network) -> Network:
    """Put an encoder that timm gives no classifier into its network that has one."""
    card = network.card
    if network.classifier is None or not card.variant.endswith("_enc"):
        return network
    merges = network.settings["global_pool"] == "merge"
    said = {"encoder_pool": "merge" if merges else "", "global_pool": "avg", "final_norm": False}
    variant, arguments = card.variant.removesuffix("_enc"), {**card.arguments, **said}
    return dataclasses.replace(
        network,
        card=dataclasses.replace(card, variant=variant, arguments=arguments),
        tensors={f"encoder.{name}": tensor for name, tensor in network.tensors.items()},
        stem=f"encoder.{network.stem}",
    )


def sized(kind: str) -> bool:
    """Say whether timm tells the networks of a family the size of the images."""
    return hasattr(family(kind), "resized") or kind in SIZED


def classifier(network: Network) -> Spelled:
    """Spell the classifier as timm does, and give timm's arguments that go with it."""
    if network.classifier is None:
        return {}, {}
    weight, bias = network.classifier
    if network.card.family in TIMM_HEADS:
        return TIMM_HEADS[network.card.family](weight, bias, network.settings)
    return {f"{network.head}.weight": weight, f"{network.head}.bias": bias}, {}


def _architecture(network: Network) -> tuple[str, dict[str, Any]]:
    """Name timm's architecture, and the arguments in which the network differs from it."""
    card = network.card
    if card.variant:
        return card.variant, card.arguments
    kind, usual = family(card.family), defaults(card.family)
    said = {
        key: WORDS.get(value, value) if isinstance(value, str) else value
        for key, value in network.settings.items()
        if key not in LEARNING.split()
    }
    differences = {
        name: {
            key: value
            for key, value in said.items()
            if not _alike(value, {**usual, **numbers}.get(key))
        }
        for name, numbers in kind.VARIANTS.items()
    }
    nearest = min(differences, key=lambda name: len(differences[name]))
    known = {key for numbers in kind.VARIANTS.values() for key in numbers}
    for key, value in differences[nearest].items():
        if key not in known or not _is_plain(value):
            raise BadInput(
                f"timm's {nearest} cannot be told {key} {value!r}, as {card.name} has it",
                hint="--to transformers",
            )
    return nearest, differences[nearest]


def _is_plain(value: Any) -> bool:
    """Say whether timm takes a value from JSON: a word with a number beside it, it does not."""
    parts = value if isinstance(value, list | tuple) else [value]
    return len({isinstance(part, str) for part in parts}) == 1 and all(
        isinstance(part, str | int | float | None) for part in parts
    )


def _alike(one: Any, other: Any) -> bool:
    """Compare arguments; a norm without its epsilon has the usual one."""
    pair = [[each, 1e-6] if isinstance(each, str) else each for each in (one, other)]
    mixed = isinstance(one, str) != isinstance(other, str)
    one, other = pair if mixed else (one, other)
    lists = isinstance(one, list | tuple) and isinstance(other, list | tuple)
    return list(one) == list(other) if lists else one == other
