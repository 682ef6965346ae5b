"""In which types a trunk computes and its features are kept, and the set that holds them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from ..backend import fast_dtype
from ..cards import ImageInput
from ..data import Tokenizer
from ..data.images import whole
from ..data.pixels import way
from ..store.arrays import Arrays
from ..zoo import Backbone
from .ask import parts
from .key import key


def reader(backbone: Backbone) -> ImageInput | Tokenizer:
    """Say how examples become a backbone's inputs: how images are read, or its tokenizer."""
    if isinstance(backbone.card.input, ImageInput):
        return backbone.card.input
    assert backbone.files
    return Tokenizer.from_folder(backbone.files.folder, backbone.card.input)


def cropped(backbone: Backbone, images: Sequence[Any], crop: float | None = None) -> Backbone:
    """Let a backbone see as much of images as is wanted.

    Args:
        backbone: takes images.
        images: paths of those that it will see.
        crop: part of their side; None for its own, or all of small ones: see `data.images.whole`.
    """
    input = backbone.card.input
    assert isinstance(input, ImageInput)
    input = input.at(crop=crop) if crop else whole(input, images)
    return dataclasses.replace(backbone, card=dataclasses.replace(backbone.card, input=input))


def types(cache: str, precision: str) -> tuple[str, str]:
    """Say in which type a trunk computes, and in which its features are kept.

    Args:
        cache: how features are kept, in a recipe's words.
        precision: in which the model is built, in a recipe's words.
    """
    exact = precision == "float32" and cache != "float16"
    computed = "float32" if exact or precision == "mixed_float16" else fast_dtype()
    brief = cache == "float16" and computed == "bfloat16"
    return computed, "bfloat16" if brief else cache


def place(
    trunk: keras.Model, reader: ImageInput | Tokenizer, *, dtype: str, stored: str, name: str
) -> Arrays:
    """Find the set of a trunk's features, or begin it.

    Args:
        trunk: from inputs to the tensors that cross.
        reader: how images are read, or the tokenizer.
        dtype: in which the trunk computes.
        stored: in which its features are kept.
        name: of the backbone, for people.
    """
    top = trunk.outputs[0]._keras_history.operation.name
    found = key(trunk, reader=_reads(reader), dtype=f"{dtype} {stored}")
    return Arrays(found, parts(trunk, stored), f"{name} up to {top}, {stored}")


def _reads(reader: ImageInput | Tokenizer) -> str:
    """Say all that decides how examples become inputs."""
    if isinstance(reader, Tokenizer):
        return f"{reader.tokens.to_str()} {reader.length}"
    return way(reader)
