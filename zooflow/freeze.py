"""What learns and what is frozen, by the words of a phase; and the proof that it was so."""

import hashlib
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

import keras
from keras import layers, ops

from .adapters import adapt, adaptable, count, keep
from .errors import TrainingStopped, UnknownName
from .lora import kept_in, lora_of
from .packed import Packed, packed_layers, share
from .zoo import Backbone

BIASES = ("bias", "beta")
BUT_NORMS = " but norms"  # after a part: its normalisations stay as they are
NORMS = (
    layers.BatchNormalization,
    layers.GroupNormalization,
    layers.LayerNormalization,
    layers.RMSNormalization,
)


def thaw(model: keras.Model, backbone: Backbone, train: str) -> int:
    """Let the part of a model learn that a phase names, and freeze the rest.

    A frozen batch normalisation keeps its statistics; one that learns adapts them too.

    Args:
        model: a head on the backbone.
        backbone: what the model was built on.
        train: a phase's words for it.

    Returns:
        How many weights learn. In a phase of LoRA they are those of the pairs and of the head;
        until `put_pairs`, the kernels stand for them.

    Raises:
        UnknownName: no such block, or no layer for LoRA.
    """
    above = head_of(model, backbone)
    learns = _rule(backbone, train)
    for layer in model.layers:
        head = layer.name in above
        layer.trainable = False  # what is True already TensorFlow does not pass on to variables
        layer.trainable = head or learns(layer)
        if train == "bias" and not head:
            for variable in layer.trainable_variables:
                variable.trainable = variable.name in BIASES
    if lora := lora_of(train):
        paired = _paired(model, backbone)
        if not paired:
            names = [layer.name for layer in model.layers if adaptable(layer)]
            parts = {part for name in names for part in (name, *name.split("-"))}
            hint = f"a pattern of names such as {', '.join(names[:3])}, …"
            raise UnknownName("layer for LoRA", lora.targets, sorted(parts), hint=hint)
        heads = [each for each in model.layers if each.name in above]
        sizes = [math.prod(weight.shape) for each in heads for weight in each.trainable_weights]
        return sum(sizes) + sum(count(layer, lora.rank) for layer in paired)
    return sum(math.prod(variable.shape) for variable in model.trainable_weights)


def head_of(model: keras.Model, backbone: Backbone) -> set[str]:
    """Name the layers of a model that stand on its backbone."""
    return {layer.name for layer in model.layers} - {layer.name for layer in backbone.whole.layers}


def put_pairs(model: keras.Model, backbone: Backbone, train: str) -> None:
    """Put the pairs of a phase of LoRA into a thawed model; in other phases do nothing."""
    if lora := lora_of(train):
        adapt(_paired(model, backbone), lora.rank)


def keep_short(model: keras.Model, backbone: Backbone, trains: Iterable[str]) -> str:
    """Pack the backbone's kernels where a phase of LoRA keeps them in int8 or int4.

    Args:
        model: a head on the backbone.
        backbone: what the model was built on.
        trains: the words of all phases.

    Returns:
        What was packed, as a clause; "" where nothing is.

    Raises:
        BadRecipe: the phases contradict each other.
    """
    if not (kept := kept_in(trains)):
        return ""
    keep(model, head_of(model, backbone), kept)
    packed = packed_layers(model)
    tables = sum(isinstance(layer, layers.Embedding) for layer in packed)
    return (
        f"{len(packed) - tables} kernels and {tables} tables are kept in {kept}, "
        f"{share(packed, model):.1%} of all weights; the rest in float32"
    )


def _paired(model: keras.Model, backbone: Backbone) -> list[keras.Layer]:
    head = head_of(model, backbone)
    return [each for each in model.layers if each.trainable and each.name not in head]


def _rule(backbone: Backbone, train: str) -> Callable[[keras.Layer], bool]:
    """Turn the words of a phase into a question about a layer of the backbone."""
    if train == "head":
        return lambda layer: False
    if train == "norm":
        return lambda layer: isinstance(layer, NORMS)
    if train == "bias":
        return lambda layer: True
    if lora := lora_of(train):
        return lambda layer: adaptable(layer) and bool(re.search(lora.targets, layer.name))
    part, height = train.removesuffix(BUT_NORMS), heights(backbone)
    first = 0 if part == "all" else first_block(backbone.blocks, part)
    spared = () if part == train else NORMS
    return lambda layer: height.get(layer.name, first) >= first and not isinstance(layer, spared)


def heights(backbone: Backbone) -> dict[str, int]:
    """Tell to which block each layer below the top of the last one belongs.

    A layer belongs to the lowest block that is made from what it says: a table of positions that
    all blocks share, to the lowest of them.

    Returns:
        The block's place in `backbone.blocks`, by the layer's name. A layer that lies above all
        blocks is not among them.
    """
    found: dict[str, int] = {}
    seen = set()
    for height, block in enumerate(backbone.blocks):
        tensors = [backbone.model.get_layer(block).output]
        while tensors:
            tensor = tensors.pop()
            if id(tensor) not in seen:
                seen.add(id(tensor))
                layer, index, _ = tensor._keras_history
                found.setdefault(layer.name, height)
                tensors += layer._inbound_nodes[index].input_tensors
    return found


def first_block(blocks: tuple[str, ...], train: str) -> int:
    """Find the lowest block that learns.

    Args:
        blocks: names from bottom to top.
        train: "last N", or a block's name or its beginning.

    Raises:
        UnknownName: no block is named so, or there are fewer than N.
    """
    if last := re.fullmatch(r"last (\d+)", train):
        count = int(last[1])
        if 1 <= count <= len(blocks):
            return len(blocks) - count
        raise UnknownName(
            "part to train", train, [], hint=f"it has {len(blocks)} blocks: 'last 1' and more"
        )
    for index, block in enumerate(blocks):
        if block == train or block.startswith(f"{train}-"):
            return index
    words = ["head", "all", "norm", "bias", "lora 8", "lora 8 int8", "last 1", "last 2", *blocks]
    words += [f"{part}{BUT_NORMS}" for part in ("all", "last 1", "last 2", *blocks)]
    raise UnknownName(
        "part to train",
        train,
        words,
        hint=f"head, all, norm, bias, lora N, last N, or {', '.join(blocks)}; 'all but norms', …",
    )


def fingerprints(model: keras.Model) -> dict[str, str]:
    """Hash every weight and statistic of a model, by path."""
    return {
        variable.path: hashlib.blake2b(
            ops.convert_to_numpy(variable).ravel().view("uint8"), digest_size=16
        ).hexdigest()
        for layer in model.layers
        for variable in layer.weights
    }


MEMORY = ("momentum", "velocity")  # what an optimizer remembers of a variable's gradients


def audit(
    model: keras.Model,
    backbone: Backbone,
    train: str,
    before: Mapping[str, str],
    optimizer: keras.Optimizer,
) -> list[str]:
    """Check that just what a phase names learns, by its words alone, whatever flags say.

    Weight decay moves a kernel that no gradient reaches; so the optimizer is asked what it
    remembers. A gradient that has come to the lowest layer has passed all on the way. One beside
    it may rest: of a narrow layer all units can be dead for the examples at hand.

    Args:
        model: the whole model, after one step or more.
        backbone: what it was built on.
        train: the words of the phase.
        before: its `fingerprints` before the phase.
        optimizer: that of the phase.

    Returns:
        Names of layers that rest.

    Raises:
        TrainingStopped: a frozen weight has moved, or what should learn does not.
    """
    after, learning = fingerprints(model), learners(model, backbone, train)
    may_move = learning | _drifting(model, backbone, train)
    remembered = _remembered(optimizer)
    resting, lowest = [], ""
    for layer in model.layers:
        moved = {v.name for v in layer.weights if before[v.path] != after[v.path]}
        if strayed := moved - {v.name for v in layer.weights if v.path in may_move}:
            raise TrainingStopped(
                f"{layer.name}'s {' and '.join(sorted(strayed))} moved, though frozen",
                hint="the run was stopped: its weights cannot be trusted",
            )
        mine = {v.name: remembered.get(_flat(v)) for v in layer.weights if v.path in learning}
        lowest = lowest or (layer.name if mine else "")
        if still := sorted(name for name, reached in mine.items() if reached is None):
            raise TrainingStopped(
                f"{layer.name}'s {' and '.join(still)} cannot learn, though it should",
                hint="the model was compiled before it was thawed, or frozen since",
            )
        if mine and not any(mine.values()):
            resting.append(layer.name)
    if lowest in resting or before == after:
        raise TrainingStopped(
            f"{lowest} stands still, though it should learn",
            hint="raise the learning rate, or look whether the layer reaches the output",
        )
    return resting


def learners(model: keras.Model, backbone: Backbone, train: str) -> set[str]:
    """Name, by path, the weights that a phase's words let learn; pairs are put in already."""
    lora = lora_of(train)
    found = set()
    for layer, head in _chosen(model, backbone, train):
        for variable in _made_to_learn(layer):
            pair = variable.name.startswith("lora_")
            if head or (pair if lora else train != "bias" or variable.name in BIASES):
                found.add(variable.path)
    return found


def _drifting(model: keras.Model, backbone: Backbone, train: str) -> set[str]:
    """Name, by path, what adapts in a phase without learning: the statistics of what learns."""
    lora = lora_of(train)
    return {
        path
        for layer, head in _chosen(model, backbone, train)
        if head or not (lora or isinstance(layer, Packed))
        for path in {v.path for v in layer.weights} - {v.path for v in _made_to_learn(layer)}
    }


def _chosen(
    model: keras.Model, backbone: Backbone, train: str
) -> Iterator[tuple[keras.Layer, bool]]:
    """Go through the layers that a phase's words name; tell of each whether it is the head's."""
    above, learns = head_of(model, backbone), _rule(backbone, train)
    for layer in model.layers:
        if layer.name in above or learns(layer):
            yield layer, layer.name in above


def _made_to_learn(layer: keras.Layer) -> list[keras.Variable]:
    """List the variables of a layer that can learn, whether they do now or not."""
    return [each for part in layer._flatten_layers() for each in part._trainable_variables]


def _remembered(optimizer: keras.Optimizer) -> dict[str, bool]:
    """Say, by flat path, of what an optimizer moves whether a gradient has reached it."""
    found: dict[str, bool] = {}
    for slot in optimizer.variables:
        path, _, kind = slot.name.rpartition("_")
        if kind in MEMORY:
            found[path] = found.get(path, False) or bool(ops.convert_to_numpy(slot).any())
    return found


def _flat(variable: keras.Variable) -> str:
    """Give the path of a variable as an optimizer's own names hold it."""
    return variable.path.replace("/", "_")
