"""torch and timm: a training loop as timm's users write it.

What is frozen is in evaluation mode; where only the head learns, the rest runs without gradients.
Photos are decoded every epoch, by as many workers as there are cores.
"""

import os
import time
from pathlib import Path
from typing import Any

import timm
import torch
from job import Job, main
from timm.data import create_transform, resolve_model_data_config
from timm.scheduler import CosineLRScheduler
from torch.nn import functional
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def work(job: Job) -> dict[str, Any]:
    """Train and validate, epoch by epoch."""
    torch.manual_seed(job.seed)
    labels = len(os.listdir(Path(job.data, "train")))
    model = timm.create_model(f"local-dir:{job.weights}", pretrained=True, num_classes=labels)
    model = model.to(DEVICE, memory_format=torch.channels_last)
    head = model.get_classifier()
    model.requires_grad_(job.part == "all")
    head.requires_grad_(True)
    for name, parameter in model.named_parameters():
        if job.teaches(name):
            parameter.requires_grad = True
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    train, validation = loader(job, model, "train"), loader(job, model, "validation")
    optimizer = torch.optim.AdamW(learning, lr=job.lr, weight_decay=0.01)
    steps = job.epochs * len(train)
    schedule = CosineLRScheduler(
        optimizer, steps, warmup_t=steps // 10, warmup_lr_init=0, t_in_epochs=False
    )
    best, seconds = 0.0, []
    for epoch in range(job.epochs):
        began = time.perf_counter()
        set_mode(job, model)
        for step, (pixels, targets) in enumerate(train, start=1 + epoch * len(train)):
            with autocast(job):
                loss = functional.cross_entropy(logits(job, model, pixels), targets.to(DEVICE))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step_update(step)
        best = max(best, accuracy(job, model, validation))
        seconds.append(time.perf_counter() - began)
    Path(job.out).mkdir()
    torch.save(model.state_dict(), Path(job.out, "model.pth"))
    return {"accuracy": best, "epoch_seconds": seconds}


def loader(job: Job, model: torch.nn.Module, part: str) -> DataLoader:
    """Give batches of "train" or "validation"."""
    config, training = resolve_model_data_config(model), part == "train"
    transform = create_transform(**config)
    if training and job.crop:
        transform = create_transform(
            **config, is_training=True, scale=(job.crop, 1), color_jitter=None
        )
    return DataLoader(
        ImageFolder(Path(job.data, part), transform),
        job.batch,
        shuffle=training,
        num_workers=len(os.sched_getaffinity(0)),
        persistent_workers=True,
        pin_memory=DEVICE == "cuda",
    )


def set_mode(job: Job, model: torch.nn.Module) -> None:
    """Put what learns into training mode, and the rest into evaluation mode."""
    model.train(job.part == "all")
    for name, module in model.named_modules():
        if job.teaches(name):
            module.train()


def logits(job: Job, model: torch.nn.Module, pixels: torch.Tensor) -> torch.Tensor:
    """Ask the model, with gradients only where something learns."""
    pixels = pixels.to(DEVICE, memory_format=torch.channels_last, non_blocking=True)
    if job.part != "head":
        return model(pixels)
    with torch.no_grad():
        pooled = model.forward_head(model.forward_features(pixels), pre_logits=True)
    return model.get_classifier()(pooled)


@torch.inference_mode()
def accuracy(job: Job, model: torch.nn.Module, batches: DataLoader) -> float:
    """Measure the part of right answers."""
    model.eval()
    right = torch.zeros((), device=DEVICE)
    for pixels, targets in batches:
        with autocast(job):
            right += (logits(job, model, pixels).argmax(1) == targets.to(DEVICE)).sum()
    return right.item() / len(batches.dataset)


def autocast(job: Job) -> torch.autocast:
    """Compute in the job's precision."""
    return torch.autocast(DEVICE, torch.bfloat16, enabled=job.precision == "bfloat16")


if __name__ == "__main__":
    main(work, "timm", "torch")
