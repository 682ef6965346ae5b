"""Plain Keras: `fit` on a frozen or half-frozen backbone; the graph is zooflow's."""

from typing import Any

import keras
from job import Job, main
from keras_training import begin, train

import zooflow


def work(job: Job) -> dict[str, Any]:
    """Fit a dense layer, and what else learns."""
    begin(job)
    backbone = zooflow.load(job.name)
    for layer in backbone.model.layers:
        layer.trainable = job.part == "all" or job.teaches(layer.name.replace("-", "."))
    input = backbone.card.input
    return train(job, backbone.model.input, backbone.pooled, size=input.size[0], share=input.crop)


if __name__ == "__main__":
    main(work, "keras", keras.backend.backend())
