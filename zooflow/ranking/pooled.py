"""What a backbone says of examples in one vector each: out of the store, or asked and kept."""

from collections.abc import Callable

import keras
import numpy as np

from ..data import Examples, feed
from ..data.feed import slices
from ..features.ask import Crossing, Kept, Unlike, ask, asked
from ..features.cost import room_for
from ..features.cut import Cut, cut
from ..features.form import place, reader, types
from ..store.room import make_room
from ..zoo import Backbone
from .clock import Clock

CHUNK = 256  # examples that are read, or asked about where nothing is kept, at a time


def pooled(
    backbone: Backbone,
    examples: Examples,
    *,
    cache: str,
    end: float,
    after: float,
    progress: Callable[[int, int], None],
) -> tuple[np.ndarray, float | None]:
    """Give a backbone's pooled features of examples.

    They are those that a phase in which the head learns keeps, and are found again by it.

    Args:
        backbone: built in float32.
        examples: to ask about.
        cache: how features are kept, in a recipe's words.
        end: when they must be there, by `time.monotonic`.
        after: seconds that are needed then.
        progress: is told how many of how many examples are done.

    Returns:
        (examples, width) in float32; and examples per second, None where they were in the store.

    Raises:
        NoTime: they will not be there in time.
    """
    reads, parted = reader(backbone), _cut(backbone)
    inputs = feed(examples.inputs, reads, examples.hashes)
    order = np.argsort(inputs.lengths, kind="stable")

    def fetcher(dtype: str, stored: str) -> tuple[Callable, Clock]:
        assert parted.trunk is not None
        if cache == "off":
            return asked(parted, inputs, dtype), Clock(inputs.lengths[order], end, after)
        name = backbone.card.name
        kept = Kept(parted, place(parted.trunk, reads, dtype=dtype, stored=stored, name=name))
        if not make_room(room_for(kept.features, inputs), spare=kept.features.folder):
            return asked(parted, inputs, dtype), Clock(inputs.lengths[order], end, after)
        lacking = ~kept.features.has(inputs.marks(np.arange(len(inputs))))
        clock = Clock(np.sort(inputs.lengths[lacking]), end, after)

        def tell(done: int, total: int) -> None:
            progress(done, total)
            clock(done)

        ask([kept], [(inputs, 1)], dtype=dtype, progress=tell)
        return Crossing(kept, inputs, 1), clock

    try:
        fetch, clock = fetcher(*types(cache, "float32"))
    except Unlike:
        fetch, clock = fetcher("float32", cache)
    out = np.empty((len(inputs), backbone.pooled.shape[-1]), np.float32)
    done = 0
    for some in slices(order, CHUNK):
        out[some] = parted.tail.predict_on_batch(fetch(some))
        done += len(some)
        if not isinstance(fetch, Crossing):
            progress(done, len(order))
            clock(done)
    return out, clock.pace


def _cut(backbone: Backbone) -> Cut:
    """Cut below the place where a head stands."""
    top = keras.layers.Identity(name="zooflow_pooled")
    model = keras.Model(backbone.model.input, top(backbone.pooled))
    for layer in backbone.whole.layers:
        layer.trainable = False
    return cut(model, {top.name})
