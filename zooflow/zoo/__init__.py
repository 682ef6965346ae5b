"""From a name to a backbone: where cards, sources, checkpoints and families meet."""

import dataclasses
import re
from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import keras
import numpy as np
from keras import KerasTensor

from .. import sources
from ..backbones.parts import normalize
from ..backbones.parts.initializers import hollow
from ..cards import Card, ImageInput, TextInput
from ..checkpoints import open_checkpoint
from ..convert import pour
from ..errors import BadCheckpoint
from ..names import locate, split_tower
from ..sources import Fetched
from ..spelling import Spelling
from . import sentences
from .configs import card_from_folder
from .families import family

TOKENS = ("input_ids", "attention_mask", "token_type_ids")  # what tokenizers give


@dataclass(frozen=True)
class Backbone:
    """A pretrained graph to build on.

    Args:
        card: its facts.
        model: from inputs to features; every step of it is a node.
        pooled: the features as one vector, (batch, width): a tensor of the same graph.
        blocks: names of its steps from bottom to top, the grain of freezing.
        files: where its files lie; None for an untrained one.
    """

    card: Card
    model: keras.Model
    pooled: KerasTensor
    blocks: tuple[str, ...]
    files: Fetched | None = None

    @property
    def features(self) -> KerasTensor:
        """What the backbone says of an input before pooling."""
        return self.model.output

    @cached_property
    def whole(self) -> keras.Model:
        """The graph with its pooling, from inputs to (features, pooled)."""
        return keras.Model(self.model.input, [self.features, self.pooled])

    @property
    def head(self) -> str:
        """The checkpoint's own name for the layer that classifies, with dashes for dots."""
        head = family(self.card.family).HEAD if self.card.family else "zooflow_head"
        return head.replace(".", "-")


def load(name: str, *, pretrained: bool = True, size: int | None = None) -> Backbone:
    """Load a backbone.

    Args:
        name: a curated name (`zooflow list`), any timm name of a known family
            ("vit_tiny_patch16_224.augreg_in21k"), a source ("hf://timm/resnet18.tv_in1k"), or a
            folder that timm or transformers wrote; of a run that was pushed to a hub this is the
            tuned backbone. Of a CLIP or a SigLIP this is the tower of
            images; "#text" behind the source or the folder loads that of texts.
        pretrained: pour its weights; else they are random.
        size: side of the images in pixels, where it shall differ from the pretrained one.

    Raises:
        UnknownName: no such model.
        SourceUnavailable: its files could not be had.
        CheckpointMismatch: its weights do not pair with the graph.
    """
    card, files = _find(name, fetch=pretrained)
    native = card.input
    if isinstance(native, ImageInput):
        card = dataclasses.replace(card, input=native.at(size=size))
    if files is None:
        return build(card)
    with hollow():
        backbone = dataclasses.replace(build(card), files=files)
    kind = family(card.family)
    after = sentences.weights(files.folder, card.arguments.get("pool", ""))
    with open_checkpoint(files.folder) as checkpoint:
        pour(
            ChainMap(after, checkpoint) if after else checkpoint,  # type: ignore[arg-type]
            backbone.whole,
            skip=kind.SKIP,
            fresh=getattr(kind, "FRESH", ""),
            rules=getattr(kind, "RULES", ()),
            spelling=spelling(card),
            adapt=partial(_resized, backbone=backbone, native=native),
        )
    return backbone


def numbers(card: Card) -> dict[str, Any]:
    """Give what a card's graph is traced with: its variant's numbers, and its own over them."""
    return {**family(card.family).VARIANTS.get(card.variant, {}), **card.arguments}


def spelling(card: Card) -> Spelling | None:
    """Give how the checkpoint of a card spells its tensors; None where as zooflow does."""
    if not card.spelling:
        return None
    return getattr(family(card.family), "SPELLINGS")[card.spelling](numbers(card))  # noqa: B009


def build(card: Card) -> Backbone:
    """Trace the graph of a card, with random weights.

    Raises:
        BadCheckpoint: the card's arguments are not the family's.
    """
    kind = family(card.family)
    if isinstance(card.input, ImageInput):
        inputs = keras.Input((*card.input.size, 3), name="images")
        x: Any = normalize(inputs, card.input.mean, card.input.std)
    else:
        x = {token: keras.Input((None,), dtype="int32", name=token) for token in TOKENS}
    trace = getattr(kind, card.family)
    try:
        features, pooled = trace(x, **numbers(card))
    except TypeError as error:
        if unknown := re.search(r"unexpected keyword argument '(.+)'", str(error)):
            raise BadCheckpoint(
                f"{card.name} sets {unknown[1]}, which zooflow's {card.family} does not know"
            ) from error
        raise
    if isinstance(card.input, TextInput):  # a list takes what it names out of a tokenizer's words
        inputs = [token for token in x.values() if token._keras_history.operation._outbound_nodes]
    model = keras.Model(inputs, features, name=re.sub(r"[^\w-]", "_", card.name))
    blocks = tuple(layer.name for layer in model.layers if re.fullmatch(kind.BLOCK, layer.name))
    return Backbone(card=card, model=model, pooled=pooled, blocks=blocks)


def _resized(
    checkpoint: Mapping[str, np.ndarray], *, backbone: Backbone, native: ImageInput | TextInput
) -> Mapping[str, np.ndarray]:
    """Give the tensors that the family changes for images of another size."""
    resized = getattr(family(backbone.card.family), "resized", None)
    if not resized or native == backbone.card.input or not isinstance(native, ImageInput):
        return {}
    return resized(checkpoint, backbone.model, native.size)


def _find(name: str, *, fetch: bool) -> tuple[Card, Fetched | None]:
    """Find the card of a name, and its files where they are wanted or needed."""
    place, tower = split_tower(name)
    found = locate(place)
    if isinstance(found, Card):
        return found, sources.fetch(found.source, sha256=found.sha256) if fetch else None
    seen = None if fetch else sources.peek(found)
    files = None if seen else sources.fetch(found)
    card = card_from_folder(
        (files or seen).folder,  # type: ignore[union-attr]
        name=name.rstrip("/").rpartition("/")[2],
        source=found,
        variant="" if found == place else place.partition(".")[0],
        tower=tower,
        tensors=seen.tensors if seen else None,
    )
    if seen:
        card = dataclasses.replace(card, bytes=seen.bytes)
    return card, files if fetch else None
