"""fastai: a Learner on a timm model, frozen to the part that learns, fit by one cycle.

Frozen batch normalisation stays as it is (`train_bn=False` and `BnFreeze`), or fastai would train
it and go back through the whole network. Photos are decoded every epoch by as many workers as there
are cores, by the transform of timm's evaluation.
"""

import os
import time
from functools import partial
from pathlib import Path
from typing import Any

import timm
import torch
from fastai.callback.core import Callback
from fastai.callback.schedule import Learner
from fastai.callback.training import BnFreeze
from fastai.data.block import CategoryBlock, DataBlock
from fastai.data.transforms import GrandparentSplitter, Normalize, get_image_files, parent_label
from fastai.metrics import accuracy
from fastai.optimizer import Adam
from fastai.torch_core import default_device, params
from fastai.vision.augment import Flip, RandomResizedCrop
from fastai.vision.core import PILImage
from fastai.vision.data import ImageBlock
from job import Job, main
from torch import nn
from torchvision.transforms import functional


def work(job: Job) -> dict[str, Any]:
    """Freeze and fit."""
    torch.manual_seed(job.seed)
    labels = len(os.listdir(Path(job.data, "train")))
    model = timm.create_model(f"local-dir:{job.weights}", pretrained=True, num_classes=labels)
    clock = Clock()
    learner = Learner(
        loaders(job, model.pretrained_cfg),
        model.to(memory_format=torch.channels_last),
        loss_func=nn.CrossEntropyLoss(),
        opt_func=partial(Adam, decouple_wd=True),
        splitter=partial(groups, job),
        metrics=accuracy,
        wd=0.01,
        train_bn=False,
        cbs=[BnFreeze, clock],
        path=Path(job.out),
        model_dir="",
    )
    if job.precision == "bfloat16":
        learner.to_bf16()
    learner.freeze()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(job.epochs, job.lr)
    learner.save("model", with_opt=False)
    return {
        "accuracy": max(row[2] for row in learner.recorder.values),
        "epoch_seconds": clock.seconds,
    }


class Clock(Callback):
    """Measure epochs, validation included."""

    def __init__(self):
        self.seconds: list[float] = []

    def before_epoch(self) -> None:
        """Start."""
        self.began = time.perf_counter()

    def after_epoch(self) -> None:
        """Stop."""
        self.seconds.append(time.perf_counter() - self.began)


def groups(job: Job, model: nn.Module) -> list[list[nn.Parameter]]:
    """Split parameters into those that are frozen and those that learn."""
    head = {id(parameter) for parameter in model.get_classifier().parameters()}
    if job.part == "all":
        return [params(model)]
    parts: list[list[nn.Parameter]] = [[], []]
    for name, parameter in model.named_parameters():
        parts[id(parameter) in head or job.teaches(name)].append(parameter)
    return parts


def loaders(job: Job, config: dict[str, Any]) -> Any:
    """Give loaders of train and validation."""
    size = config["input_size"][1]
    augment = [RandomResizedCrop(size, min_scale=job.crop)] if job.crop else [partial(centre, size)]
    block = DataBlock(
        blocks=(ImageBlock(PILImage), CategoryBlock),
        get_items=get_image_files,
        splitter=GrandparentSplitter("train", "validation"),
        get_y=parent_label,
        item_tfms=augment,
        batch_tfms=[
            *([Flip()] if job.crop else []),
            Normalize.from_stats(config["mean"], config["std"]),
        ],
    )
    cores = len(os.sched_getaffinity(0))
    return block.dataloaders(
        job.data, bs=job.batch, val_bs=job.batch, num_workers=cores, device=default_device()
    )


def centre(size: int, image: PILImage) -> PILImage:
    """Resize the shorter side and cut the centre out."""
    if not isinstance(image, PILImage):  # fastai asks for the label too
        return image
    resized = functional.resize(image, int(size / 0.875), functional.InterpolationMode.BICUBIC)
    return PILImage(functional.center_crop(resized, [size, size]))


if __name__ == "__main__":
    main(work, "fastai", "timm", "torch")
