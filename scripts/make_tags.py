"""Write what timm and its published results say of each pretrained tag, for `zooflow list`.

    $ PYTHON scripts/make_tags.py RESULTS zooflow/tags.csv

PYTHON has timm; RESULTS is the folder `results` of timm's repository. Numbers that are not
published are left empty, licences that are not stated are "unknown".
"""

import csv
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import timm
import torch

COLUMNS = ("name", "parameters", "size", "gmacs", "top1", "license", "repository")


def main(results: Path, file: Path) -> None:
    """Write a line for each tag, an architecture's default tag first."""
    scores = top1(results / "results-imagenet.csv")
    costs = gmacs(results.glob("benchmark-infer-*.csv"))
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for name in tags():
            cfg = timm.get_pretrained_cfg(name)
            if not cfg.hf_hub_id:
                continue  # not on the hub
            variant = name.partition(".")[0]
            height, width = cfg.input_size[1:]
            writer.writerow((
                name,
                parameters(variant),
                height if height == width else f"{height}x{width}",
                costs.get((variant, height), ""),
                scores.get((name, height), ""),
                cfg.license or "unknown",
                "" if cfg.hf_hub_id == f"timm/{name}" else cfg.hf_hub_id,
            ))  # fmt: skip


def tags() -> Iterator[str]:
    """Name all pretrained tags, an architecture's default first."""
    for variant in timm.list_models():
        names = [name for name in timm.list_pretrained(f"{variant}*") if of(name) == variant]
        if names:
            default = f"{variant}.{timm.get_pretrained_cfg(variant).tag}".rstrip(".")
            yield from sorted(names, key=lambda name: name != default)


def of(name: str) -> str:
    """Give the architecture of a tag."""
    return name.partition(".")[0]


@cache
def parameters(variant: str) -> int:
    """Count the numbers in the tensors of a backbone, statistics of normalisation included."""
    with torch.device("meta"):
        model = timm.create_model(variant, num_classes=0)
    return sum(t.numel() for t in model.state_dict().values() if t.is_floating_point())


def top1(file: Path) -> dict[tuple[str, int], str]:
    """Read the accuracy on ImageNet's validation images, percent, by tag and size of images."""
    return {(row["model"], int(row["img_size"])): row["top1"] for row in rows(file)}


def gmacs(files: Any) -> dict[tuple[str, int], str]:
    """Read the cost of a pass, billions of multiplications, by architecture and size of images."""
    return {
        (of(row["model"]), int(row["infer_img_size"])): row["infer_gmacs"]
        for file in sorted(files)
        for row in rows(file)
        if row.get("infer_gmacs")
    }


def rows(file: Path) -> Iterator[dict[str, str]]:
    """Read the rows of a table."""
    with file.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
