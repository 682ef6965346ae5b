"""Results as tables."""

import json
from statistics import median
from typing import Any

from cases import CASES
from machine import describe

HEADS = (
    *("side", "seconds", "CPU seconds", "{ours} is faster by", "by CPU seconds"),
    *("accuracy", "a later epoch", "imports", "whole process", "peak memory"),
)
PREFACE = """# Benchmarks

Made by `benchmarks/run.py`; `benchmarks/setup` makes the environments. All sides have the same
data (made by `benchmarks/make_data.py`), the same weights, epochs, batches of 32, AdamW with the
same top rate, and validate after every epoch. Each training has a process of its own, nothing is
stored before it, and the sides take turns. Seconds count from the end of the imports to the saved
weights; imports stand in a column of their own, and the whole process in another. A cell is the
median, and from where to where the repeats went; ratios are taken within a repeat. Accuracy is that
of the best epoch, on examples that nobody learned from; where weights are random, it means nothing.
Memory is that of the main process; workers of loaders come on top of it.

- **keras**: `fit`, photos decoded once by tf.data and kept in memory; on zooflow's own graph.
- **timm**: a training loop, channels last, the frozen part in evaluation mode and without
  gradients, photos decoded every epoch by a worker for each core.
- **fastai**: a `Learner` on the timm model with `fit_one_cycle`, its frozen batch normalisation at
  rest, and as many workers.
- **transformers**: a `Trainer`, batches padded to their longest text, no dropout in the backbone;
  **grouped**: with texts of like length in a batch, its own option.
- **bare pass**: the trunk's forward pass alone, loaded and traced before, over pixels in memory.
- **kerashub**: the same `fit` on KerasHub's own graph of the timm checkpoint. Of these networks
  KerasHub converts ResNet-50 and EfficientNet-B0; EfficientNet-Lite0 and ViT-S it does not, and its
  BERT computes another GELU than MiniLM was trained with.
"""


def report(records: list[dict[str, Any]]) -> str:
    """Make the document: of each case on each machine the newest measurement."""
    newest: dict[str, dict[str, dict[str, Any]]] = {}
    for record in records:
        settings = [record[name] for name in ("case", "backend", "precision")]
        newest.setdefault(json.dumps(record["machine"]), {})[json.dumps(settings)] = record
    parts = [PREFACE]
    for key, measured in newest.items():
        parts.append(f"## {describe(json.loads(key))}\n")
        order = list(CASES)
        parts += [table(r) for r in sorted(measured.values(), key=lambda r: order.index(r["case"]))]
    return "\n".join(parts)


def table(record: dict[str, Any]) -> str:
    """Make the table of a case."""
    case, runs = CASES[record["case"]], record["runs"]
    repeats = len(next(iter(runs.values())))
    lines = [
        f"### {case.title}\n",
        f"{record['examples']:,} examples to learn from, {record['examples'] // 4:,} to validate, "
        f"Keras on {record['backend']}, {record['precision']}, repeats: {repeats}, "
        f"{record['date']}. `{record['case']}`\n",
        "| " + " | ".join(HEADS).format(ours=case.ours) + " |",
        "|---" * len(HEADS) + "|",
    ]
    ours = runs.get(case.ours)
    lines += ["| " + " | ".join(_row(name, runs[name], ours)) + " |" for name in runs]
    versions = {k: v for each in runs.values() for k, v in each[0]["versions"].items()}
    return "\n".join([*lines, "", _versions(versions), ""])


def _row(name: str, results: list[dict], ours: list[dict] | None) -> list[str]:
    def cell(field: str, form: str = ".1f") -> str:
        return _spread([result[field] for result in results if field in result], form)

    def ratio(field: str) -> str:
        if ours is None or ours is results:
            return ""
        pairs = zip(results, ours, strict=True)
        return _spread([theirs[field] / own[field] for theirs, own in pairs], ".2f", " ×")

    later = [median(r["epoch_seconds"][1:]) for r in results if len(r.get("epoch_seconds", [])) > 1]
    return [
        name,
        cell("seconds"),
        cell("cpu_seconds"),
        ratio("seconds"),
        ratio("cpu_seconds"),
        cell("accuracy", ".3f"),
        _spread(later, ".2f"),
        cell("import_seconds"),
        cell("process_seconds"),
        _spread([result["peak_memory_mb"] / 1000 for result in results], ".1f", " GB"),
    ]


def _spread(values: list[float], form: str, unit: str = "") -> str:
    """Write a median, and the smallest and largest where they look different."""
    if not values:
        return ""
    middle, low, high = (format(v, form) for v in (median(values), min(values), max(values)))
    return f"{middle}{unit}" + (f" ({low} to {high})" if low != high else "")


def _versions(versions: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())
