"""The least that head training needs: one pass of the trunk over photos in memory."""

from pathlib import Path
from typing import Any

import keras
from job import Job, clocks, main

import zooflow
from zooflow.data import decode_all


def work(job: Job) -> dict[str, Any]:
    """Load, decode and trace; then measure the pass."""
    if job.precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")
    backbone = zooflow.load(job.name)
    trunk = keras.Model(backbone.model.input, backbone.pooled)
    paths = [Path(path) for part in ("train", "validation") for path in job.photos(part)[0]]
    pixels = decode_all(paths, backbone.card.input)
    trunk.predict(pixels[: job.batch], verbose=0)
    before = clocks()
    trunk.predict(pixels, batch_size=job.batch, verbose=0)
    wall, cpu = (after - start for after, start in zip(clocks(), before, strict=True))
    return {"seconds": wall, "cpu_seconds": cpu}


if __name__ == "__main__":
    main(work, "zooflow", "keras", keras.backend.backend())
