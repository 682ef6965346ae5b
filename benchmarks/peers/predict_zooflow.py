"""What `zooflow predict` does with photos once its run is loaded: look at them, decode, answer."""

from pathlib import Path
from typing import Any

import keras
from job import Job, clocks, main

import zooflow
from zooflow.data import verify_images
from zooflow.run import Run


def work(job: Job) -> dict[str, Any]:
    """Load and trace; then measure."""
    backbone = zooflow.load(job.name)
    labels = tuple(str(number) for number in range(10))
    model = zooflow.Classify().attach(backbone, len(labels))
    run = Run(Path(job.out), None, backbone.card, labels, model, backbone.card.input)  # type: ignore[arg-type]
    paths = [Path(path) for part in ("train", "validation") for path in job.photos(part)[0]]
    run.predict(paths[: job.batch])
    before = clocks()
    good, _ = verify_images(paths)
    run.predict(good)
    wall, cpu = (after - start for after, start in zip(clocks(), before, strict=True))
    return {"seconds": wall, "cpu_seconds": cpu}


if __name__ == "__main__":
    main(work, "zooflow", "keras", keras.backend.backend())
