"""Decoding and resizing by zooflow."""

from pathlib import Path
from typing import Any

from job import Job, main

from zooflow.cards import ImageInput
from zooflow.data import decode_all


def work(job: Job) -> dict[str, Any]:
    """Decode all photos of the training data."""
    decode_all([Path(path) for path in job.photos("train")[0]], ImageInput())
    return {}


if __name__ == "__main__":
    main(work, "zooflow", "PIL")
