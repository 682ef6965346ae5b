"""Whether features are worth their room on disk: by measured time, and by what fits."""

import os
import tempfile
import time
from collections.abc import Sequence

import keras
import numpy as np

from ..data import Feed
from ..fold import fold
from ..store.arrays import Arrays
from ..store.room import make_room, root
from .ask import Kept

DEAR = 10**9  # bytes from which it is worth measuring
PROBE = 32 * 2**20  # bytes written to measure the disk


def too_dear(kept: Kept, feeds: Sequence[tuple[Feed, int]], *, dtype: str, asks: int) -> str:
    """Say why the features of a trunk are better made each epoch; "" where they are not.

    Args:
        kept: the trunk, and what is stored of it already.
        feeds: the examples, and how many views there are of each.
        dtype: in which the trunk computes.
        asks: examples that all epochs to come ask for.
    """
    count = sum(views * len(feed) for feed, views in feeds)
    size = sum(room_for(kept.features, feed, views) for feed, views in feeds)
    if not make_room(size, spare=kept.features.folder):
        limit = f"{root()} ($ZOOFLOW_STORE_GB is the limit)"
        return f"{size / 1e9:.1f} GB of features do not fit into {limit}"
    if size < DEAR:
        return ""
    assert kept.cut.trunk is not None
    pace, flow = _seconds_each(kept.cut.trunk, feeds[0][0], dtype), _bytes_per_second()
    made, once = asks * pace, count * pace + (1 + asks / count) * size / flow
    if once <= made:
        return ""
    return f"features would take {once:,.0f} s to keep and read, {made:,.0f} s to make anew"


def room_for(features: Arrays, feed: Feed, views: int = 1) -> int:
    """Count the bytes that a set lacks of some examples."""
    return features.lack(feed.marks(np.arange(views * len(feed))), np.tile(feed.lengths, views))


def _seconds_each(trunk: keras.Model, feed: Feed, dtype: str) -> float:
    indices = np.arange(min(8, len(feed)))
    inputs, fast = feed(indices), fold(trunk, dtype)
    fast.predict_on_batch(inputs)  # compiles
    began = time.perf_counter()
    fast.predict_on_batch(inputs)
    return (time.perf_counter() - began) / len(indices)


def _bytes_per_second() -> float:
    with tempfile.TemporaryFile(dir=root()) as file:
        began = time.perf_counter()
        file.write(bytes(PROBE))
        file.flush()
        os.fsync(file.fileno())
        return PROBE / (time.perf_counter() - began)
