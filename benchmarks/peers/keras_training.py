"""What Keras's users write around a backbone: tf.data for the photos, and `fit`.

Photos are decoded once and kept in memory; with augmentation their bytes are.
"""

import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from job import Job
from keras.optimizers.schedules import CosineDecay


def begin(job: Job) -> None:
    """Set chance, precision, and who may have the GPU."""
    if keras.backend.backend() != "tensorflow":
        tf.config.set_visible_devices([], "GPU")  # it reads photos alone, and would take the memory
    keras.utils.set_random_seed(job.seed)
    if job.precision == "bfloat16":
        keras.config.set_dtype_policy("mixed_bfloat16")


def train(
    job: Job, images: keras.KerasTensor, pooled: keras.KerasTensor, *, size: int, share: float
) -> dict[str, Any]:
    """Fit a dense layer on a backbone, and what else of it learns.

    Args:
        job: what to do.
        images: the backbone's input.
        pooled: its features, (batch, width).
        size: side of the images in pixels.
        share: part of the shorter side that validation looks at.
    """
    _, labels = job.photos("train")
    logits = keras.layers.Dense(len(set(labels)), dtype="float32")(pooled)
    model = keras.Model(images, logits)
    steps = job.epochs * -(-len(labels) // job.batch)
    schedule = CosineDecay(0.0, int(0.9 * steps), warmup_target=job.lr, warmup_steps=steps // 10)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.01),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    clock = Clock()
    history = model.fit(
        photos(job, "train", size, share),
        validation_data=photos(job, "validation", size, share),
        epochs=job.epochs,
        callbacks=[clock],
        verbose=0,
    )
    Path(job.out).mkdir()
    model.save_weights(Path(job.out, "model.weights.h5"))
    return {"accuracy": max(history.history["val_accuracy"]), "epoch_seconds": clock.seconds}


class Clock(keras.callbacks.Callback):
    """Measure epochs, validation included."""

    def __init__(self):
        super().__init__()
        self.seconds: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start."""
        self.began = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Stop."""
        self.seconds.append(time.perf_counter() - self.began)


def photos(job: Job, part: str, size: int, share: float) -> tf.data.Dataset:
    """Give batches of "train" or "validation"."""
    paths, labels = job.photos(part)
    data = tf.data.Dataset.from_tensor_slices((paths, labels))
    data = data.map(lambda path, label: (tf.io.read_file(path), label), tf.data.AUTOTUNE)
    if part == "train" and job.crop:
        data = data.cache().shuffle(len(paths))
        data = data.map(lambda x, y: (cut_out(x, size, job.crop), y), tf.data.AUTOTUNE)
    else:
        data = data.map(lambda x, y: (centre(x, size, share), y), tf.data.AUTOTUNE).cache()
        data = data.shuffle(len(paths)) if part == "train" else data
    return data.batch(job.batch).prefetch(tf.data.AUTOTUNE)


def centre(data: tf.Tensor, size: int, crop: float) -> tf.Tensor:
    """Decode, resize the shorter side, and cut the centre out."""
    pixels = tf.io.decode_jpeg(data, channels=3)
    shape = tf.cast(tf.shape(pixels)[:2], tf.float32)
    target = tf.cast(tf.round(shape * (size / crop) / tf.reduce_min(shape)), tf.int32)
    pixels = tf.image.resize(pixels, target, "bicubic", antialias=True)
    pixels = tf.image.resize_with_crop_or_pad(pixels, size, size)
    return tf.cast(tf.clip_by_value(tf.round(pixels), 0, 255), tf.uint8)


def cut_out(data: tf.Tensor, size: int, smallest: float) -> tf.Tensor:
    """Decode a random part only, resize it, and flip it or not."""
    begin, extent, _ = tf.image.sample_distorted_bounding_box(
        tf.io.extract_jpeg_shape(data),
        tf.zeros((1, 0, 4)),
        area_range=(smallest, 1.0),
        aspect_ratio_range=(3 / 4, 4 / 3),
        use_image_if_no_bounding_boxes=True,
    )
    window = tf.concat([begin[:2], extent[:2]], 0)
    pixels = tf.image.decode_and_crop_jpeg(data, window, channels=3)
    pixels = tf.image.resize(pixels, (size, size), "bicubic", antialias=True)
    pixels = tf.image.random_flip_left_right(pixels)
    return tf.cast(tf.clip_by_value(tf.round(pixels), 0, 255), tf.uint8)
