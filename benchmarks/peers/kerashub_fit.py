"""KerasHub: its own graph of a timm checkpoint, and `fit`."""

import json
from pathlib import Path
from typing import Any

import keras
import keras_hub
from job import Job, main
from keras_training import begin, train

STAGES = {"layer1": "stack0", "layer2": "stack1", "layer3": "stack2", "layer4": "stack3"}


def work(job: Job) -> dict[str, Any]:
    """Fit a dense layer, and what else learns."""
    begin(job)
    facts = json.loads(Path(job.weights, "config.json").read_text("utf-8"))["pretrained_cfg"]
    size = facts["input_size"][-1]
    backbone = keras_hub.models.Backbone.from_preset(job.weights)
    for layer in backbone.layers:
        layer.trainable = job.part == "all" or layer.name.startswith(STAGES.get(job.part, "-"))
    mean, variance = facts["mean"], [each**2 for each in facts["std"]]
    images = keras.Input((size, size, 3))
    pixels = keras.layers.Rescaling(1 / 255)(images)
    features = backbone(keras.layers.Normalization(mean=mean, variance=variance)(pixels))
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return train(job, images, pooled, size=size, share=facts["crop_pct"])


if __name__ == "__main__":
    main(work, "keras", "keras_hub", keras.backend.backend())
