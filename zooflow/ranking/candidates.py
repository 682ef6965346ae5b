"""Candidates: what is known of a backbone beforehand, and its trial."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .. import catalogue
from ..backend import precision
from ..cards import ImageInput
from ..data import Examples
from ..errors import BadInput, ZooflowError
from ..features.form import cropped
from ..names import source, split_tower
from ..sources import fetch, is_here
from ..zoo import load
from .clock import NoTime, check
from .pooled import pooled
from .scores import Fold, Scores, score

PER_GMAC = 6e6  # weights of ResNet-50, and of ViT, to a billion multiplications
SCORING = 1e-7  # seconds of scoring for each example, feature and label, until it is measured


@dataclass(frozen=True)
class Ranked:
    """What to expect of a backbone.

    Args:
        name: to load it by.
        scores: what its features promise; None where it was left out.
        reason: why it was; "" where it was not.
        examples_per_second: of the frozen backbone, decoding included; None where its features
            were in the store.
        seconds: that it took in all.
        parameters: numbers in its tensors; 0 where that is not known.
        license: of its weights.
    """

    name: str
    scores: Scores | None
    reason: str
    examples_per_second: float | None
    seconds: float
    parameters: int
    license: str


@dataclass(frozen=True)
class Wanted:
    """What a backbone must be.

    Args:
        takes: "image" or "text".
        max_params: weights that it may have.
        license: SPDX name, or "commercial"; "" for any.
    """

    takes: str
    max_params: int | None
    license: str

    def check(self, *, takes: str, parameters: int, license: str) -> None:
        """Hold what is known of a backbone against it.

        Raises:
            BadInput: it is something else.
        """
        if takes != self.takes:
            raise BadInput(f"it takes {takes}s, and the data are {self.takes}s")
        if not catalogue.allowed(license, self.license):
            raise BadInput(f"its licence is {license}, not {self.license}")
        if self.max_params is not None and parameters > self.max_params:
            raise BadInput(f"it has {parameters:,} weights, more than {self.max_params:,}")


@dataclass
class Trial:
    """Candidates, one after the other.

    Args:
        examples: to ask about.
        dealt: their folds.
        wanted: what candidates must be.
        cache: how features are kept.
        end: when the budget is spent, by `time.monotonic`.
        step: is told how far a long piece of work is.
        loading: seconds that the candidate before took to load.
        scoring: seconds for each example, feature and label that it took to score.
    """

    examples: Examples
    dealt: list[Fold]
    wanted: Wanted
    cache: str
    end: float
    step: Callable[[str, int, int], None]
    loading: float = 0.0
    scoring: float = SCORING

    def __call__(self, name: str) -> Ranked:
        """Score a candidate, or say why not."""
        began = time.monotonic()
        known = catalogue.entry(name)
        parameters, license = (known.parameters, known.license) if known else (0, "unknown")
        scores, reason, pace = None, "", None
        try:
            if known:
                self.wanted.check(takes=known.takes, parameters=parameters, license=license)
            check(self.loading, self.end)
            self._bring(name)
            started = time.monotonic()
            with precision("float32"):
                backbone = load(name)
            self.loading = time.monotonic() - started
            takes = "image" if isinstance(backbone.card.input, ImageInput) else "text"
            parameters, license = backbone.whole.count_params(), backbone.card.license
            self.wanted.check(takes=takes, parameters=parameters, license=license)
            if takes == "image":
                backbone = cropped(backbone, self.examples.inputs)
            work = len(self.examples.targets) * backbone.pooled.shape[-1] * self._labels
            features, pace = pooled(
                backbone,
                self.examples,
                cache=self.cache,
                end=self.end,
                after=work * self.scoring,
                progress=lambda done, total: self.step(f"asking {name}", done, total),
            )
            check(work * self.scoring, self.end)
            started = time.monotonic()
            scores = self._score(features)
            self.scoring = (time.monotonic() - started) / work
        except NoTime as late:
            reason = str(late)
        except (ZooflowError, OSError) as error:
            reason = str(error)
        seconds = time.monotonic() - began
        return Ranked(name, scores, reason, pace, seconds, parameters, license)

    @property
    def _labels(self) -> int:
        return len(np.unique(self.examples.targets))

    def _bring(self, name: str) -> None:
        """Fetch what is not here, as long as there is time."""
        place, pinned = source(name)
        if not is_here(place):
            fetch(place, sha256=pinned, progress=lambda file, done, total: check(0, self.end))

    def _score(self, features: np.ndarray) -> Scores:
        if not np.isfinite(features).all():
            raise ZooflowError("its features are not all finite numbers")
        distinct = len(set(self.examples.hashes))
        return score(features, self.examples.targets, self.dealt, distinct=distinct)


def cost(name: str) -> float:
    """Estimate the billions of multiplications for an example, well enough to begin with few."""
    known = catalogue.entry(name)
    if known and known.gmacs:
        return known.gmacs
    folder = Path(split_tower(name)[0]).expanduser()
    held = sum(file.stat().st_size for file in folder.glob("*")) / 4 if folder.is_dir() else 0
    return (known.parameters if known else held) / PER_GMAC or float("inf")
