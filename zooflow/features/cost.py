"""Whether features are worth their room on disk: by measured time, and by what fits."""

import os
import tempfile
import time

import keras
import numpy as np

from ..data import Feed
from ..fold import fold
from ..store.room import make_room, root

DEAR = 10**9  # bytes from which it is worth measuring
PROBE = 32 * 2**20  # bytes written to measure the disk


def too_dear(
    trunk: keras.Model, feed: Feed, *, dtype: str, size: int, count: int, asks: int
) -> str:
    """Say why the features of a trunk are better made each epoch; "" where they are not.

    Args:
        trunk: whose features they are.
        feed: some of the examples.
        dtype: in which the trunk computes.
        size: bytes of all features.
        count: examples, each view of them counted.
        asks: examples that all epochs to come ask for.
    """
    if not make_room(size):
        limit = f"{root()} ($ZOOFLOW_STORE_GB is the limit)"
        return f"{size / 1e9:.1f} GB of features do not fit into {limit}"
    if size < DEAR:
        return ""
    pace, flow = _seconds_each(trunk, feed, dtype), _bytes_per_second()
    made, kept = asks * pace, count * pace + (1 + asks / count) * size / flow
    if kept <= made:
        return ""
    return f"features would take {kept:,.0f} s to keep and read, {made:,.0f} s to make anew"


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
