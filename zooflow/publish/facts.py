"""What is known of a run, from its own files."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..cards import Card, TextInput, from_facts
from ..fresh import read_rows
from ..sources.address import Hub, parse

PIPELINES = {  # what the hub calls a question, by the task's kind
    "image": {"Classify": "image-classification"},
    "text": {"Classify": "text-classification"},
}


@dataclass(frozen=True)
class Scores:
    """How well validation was answered.

    Args:
        accuracy: part answered rightly, 0 to 1.
        macro_f1: mean of the labels' F1.
        labels: precision, recall, F1 and number of examples of each.
    """

    accuracy: float
    macro_f1: float
    labels: dict[str, tuple[float, float, float, int]]


@dataclass(frozen=True)
class Facts:
    """What a run's files say, without paths of this machine.

    Args:
        repo: where it goes: "owner/name".
        card: of its backbone.
        task: its fields and its "kind".
        recipe: that it was made from.
        lock: what it was made with.
        labels: classes in the order of the logits.
        examples: how many there are of each part.
        scores: on validation; None where they are not on record.
    """

    repo: str
    card: Card
    task: dict[str, Any]
    recipe: dict[str, Any]
    lock: dict[str, Any]
    labels: list[str]
    examples: dict[str, int]
    scores: Scores | None

    @property
    def modality(self) -> str:
        """Say what it takes: "image" or "text"."""
        return "text" if isinstance(self.card.input, TextInput) else "image"

    @property
    def pipeline(self) -> str:
        """Say what the hub calls the question; "" where it has no word."""
        return PIPELINES[self.modality].get(self.task["kind"], "")

    @property
    def base(self) -> str:
        """Name the repository that it was tuned from; "" where it is on no hub."""
        place = parse(self.card.source) if "://" in self.card.source else None
        return place.repo if isinstance(place, Hub) else ""

    @property
    def data(self) -> str:
        """Name the data."""
        return self.recipe["data"]["path"].removeprefix("hf://datasets/")

    @property
    def hub_data(self) -> str:
        """Name the data set on the hub; "" where the data are not from there."""
        on_hub = self.recipe["data"]["path"].startswith("hf://datasets/")
        return self.data.partition("@")[0].partition(":")[0] if on_hub else ""


def facts_of(run: Path, repo: str, read: dict[str, Any]) -> Facts:
    """Read what is known of a run.

    Args:
        run: its folder, of which examples and answers are counted and not read.
        repo: "owner/name".
        read: what "config", "preprocessing", "recipe" and "lock" hold, freed from paths.
    """
    config = read["config"]
    return Facts(
        repo=repo,
        card=from_facts(config["card"] | {"input": read["preprocessing"]}),
        task=config["task"],
        recipe=read["recipe"],
        lock=read["lock"],
        labels=config["labels"],
        examples=dict(Counter(_column(run / "examples.csv", "part"))),
        scores=_scores(run / "validation.csv", config["labels"]),
    )


def _scores(path: Path, labels: list[str]) -> Scores | None:
    from sklearn.metrics import accuracy_score, precision_recall_fscore_support

    true, said = _column(path, "label"), _column(path, "prediction")
    if not true:
        return None
    columns = precision_recall_fscore_support(true, said, labels=labels, zero_division=0.0)
    each = {
        label: (float(precision), float(recall), float(f1), int(count))
        for label, precision, recall, f1, count in zip(labels, *columns, strict=True)
    }
    return Scores(float(accuracy_score(true, said)), float(columns[2].mean()), each)


def _column(path: Path, name: str) -> list[str]:
    return [row[name] for row in read_rows(path)] if path.is_file() else []
