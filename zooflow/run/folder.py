"""The run folder: what lies in it, written whole or not at all.

recipe.json         the resolved recipe
lock.json           versions, backend, device, hashes of weights and data, seed
metrics.jsonl       a row per epoch
losses.jsonl        a list per epoch: steps, and the mean loss after each
times.jsonl         how long the epochs took
examples.csv        origin, part, label and hash of each example
refit/              after learning once more from all examples: what that training recorded
curves.png          loss and accuracy over the epochs, as a picture
tensorboard/        on request: the same as event files
log.txt             what was said
labels.txt          the classes, in the order of the logits
validation.csv      origin, label, prediction and its probability, for each example
calibration.json    the temperature that the logits were divided by, and what came of it
model/              model.safetensors, config.json, preprocessing.json, tokenizer files; graph.json
                    where the backbone is a Keras model that the user brought
                    adapter.safetensors after LoRA: its pairs and the head, which are merged in
                    model.safetensors
state/              while it is being trained: where the training stands
trouble/            of a step after which the loss was not finite: step.json, and its batch
"""

import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ..bridge import save_graph
from ..cards import Card, ImageInput
from ..checkpoints import save_safetensors
from ..convert import drain
from ..data import Examples, Tokenizer
from ..errors import BadInput
from ..fresh import check_free


@contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """Give a folder to write in, which becomes `out` when all went well and is gone else.

    Raises:
        BadInput: `out` is there already, or cannot be made.
    """
    check_free(out)
    missing = [each for each in out.parents if not each.exists()]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    except OSError as error:
        raise BadInput(f"cannot write {out}: {error.strerror}", hint="choose another --out") from (
            error
        )
    partial.chmod(0o755)  # a temporary folder is private, a run is not
    try:
        yield partial
        check_free(out)
        os.replace(partial, out)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        _remove_empty(missing)
        raise


def _remove_empty(folders: list[Path]) -> None:
    for each in folders:
        with suppress(OSError):  # somebody else may have put something there
            each.rmdir()


@contextmanager
def training(out: Path, begin: Callable[[Path], None] | None = None) -> Iterator[None]:
    """Hold the folder of a run that is being trained.

    A new folder is gone again where the training fails before it was saved.

    Args:
        out: the folder.
        begin: writes into a new one what a run must hold to be resumed; None where it is there.

    Raises:
        BadInput: it cannot be made, or another process trains it.
    """
    made = [each for each in (out, *out.parents) if not each.exists()]
    if begin:
        with new_folder(out) as partial:
            begin(partial)
    held = os.open(out, os.O_RDONLY)
    try:
        _lock_alone(held, out)
        yield
    except BaseException:
        worth = any((out / "state").glob("*.json")) or (out / "trouble").exists()
        if begin and not worth:
            shutil.rmtree(out, ignore_errors=True)
            _remove_empty(made[1:])
        raise
    finally:
        os.close(held)


def _lock_alone(held: int, out: Path) -> None:
    """Keep other processes out until the file is closed, also by a kill."""
    try:
        import fcntl  # which Windows lacks

        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        return
    except BlockingIOError:
        raise BadInput(f"{out} is being trained by another process") from None


def save_model(
    folder: Path,
    model: keras.Model,
    *,
    card: Card,
    labels: tuple[str, ...],
    task: dict[str, Any],
    precision: str,
    reader: ImageInput | Tokenizer,
) -> None:
    """Write all that a trained model needs to answer again: weights under the checkpoint's names.

    Args:
        folder: is made.
        model: head on backbone.
        card: of the backbone.
        labels: classes in the order of the logits.
        task: the task's fields and its "kind".
        precision: in which the model computes.
        reader: how images are read, or the tokenizer.
    """
    folder.mkdir()
    save_safetensors(drain(model), folder / "model.safetensors")
    facts = asdict(card)
    preprocessing = facts.pop("input")
    facts.pop("prose")
    config = {"card": facts, "task": task, "labels": labels, "precision": precision}
    write_json(folder / "config.json", config)
    write_json(folder / "preprocessing.json", preprocessing)
    if not card.family:
        save_graph(model, folder / "graph.json")
    if isinstance(reader, Tokenizer):
        reader.save(folder)


def save_predictions(
    path: Path, examples: Examples, probabilities: np.ndarray, labels: tuple[str, ...]
) -> None:
    """Write what the model says of each example.

    Args:
        path: of the CSV file.
        examples: those asked about.
        probabilities: (examples, labels).
        labels: names of the classes.
    """
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("origin", "label", "prediction", "probability"))
        for origin, target, row in zip(
            examples.origins, examples.targets, probabilities, strict=True
        ):
            best = int(row.argmax())
            writer.writerow((origin, labels[target], labels[best], f"{row[best]:.6f}"))


def write_json(path: Path, value: Any) -> None:
    """Write a value as readable JSON, whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
    os.replace(part, path)
