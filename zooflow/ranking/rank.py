"""From data and names of backbones to a table: what to expect of each."""

import gc
import time
from collections.abc import Callable, Sequence

from ..data import HubDataset, ImageFolder, Split, Table
from ..names import locate, source
from ..sources import is_here
from .candidates import Ranked, Trial, Wanted, cost
from .sample import sample
from .scores import folds


def rank(
    data: ImageFolder | Table | HubDataset | Split,
    names: Sequence[str],
    *,
    budget: float = 600.0,
    most: int = 2000,
    cache: str = "float16",
    max_params: int | None = None,
    license: str = "",
    seed: int = 0,
    say: Callable[[str], None] = lambda line: None,
    step: Callable[[str, int, int], None] = lambda doing, done, total: None,
) -> list[Ranked]:
    """Rank backbones by what their frozen features tell of the labels of data.

    What is here comes before what is to be fetched, and then the cheapest first.

    The examples are those to learn from and to steer by; those to judge by are not looked at.

    Args:
        data: the examples.
        names: of backbones, as `zooflow.load` takes them.
        budget: seconds; backbones that would take longer than what is left are left out.
        most: examples to ask about: of more, a stratified sample.
        cache: how features are kept, in a recipe's words.
        max_params: weights beyond which a backbone is left out.
        license: that weights must have, or "commercial"; "" for any.
        seed: of the split, the sample and the folds.
        say: is told a line when a backbone is done.
        step: is told how far a long piece of work is.

    Returns:
        The best first; at the end those that were left out, with the reason.

    Raises:
        BadData: the data cannot be learned from; says why.
        UnknownName: no such backbone.
    """
    end = time.monotonic() + budget
    for name in names:
        locate(name)
    split = data if isinstance(data, Split) else data.open(seed)
    examples = sample(split, most, seed)
    wanted = Wanted(split.modality, max_params, license)
    dealt = folds(examples.targets, examples.hashes, seed)
    trial = Trial(examples, dealt, wanted, cache, end, step)
    rows = []
    order = sorted(
        dict.fromkeys(names), key=lambda name: (not is_here(source(name)[0]), cost(name))
    )
    for name in order:
        rows.append(trial(name))
        say(_line(rows[-1]))
        gc.collect()  # a model and its functions hold each other
    return sorted(rows, key=_place)


def _place(row: Ranked) -> tuple[bool, float, float]:
    scores = row.scores
    return (False, -scores.expected, -scores.logme) if scores else (True, 0.0, 0.0)


def _line(row: Ranked) -> str:
    if row.scores:
        return f"{row.name}: {row.scores.probe:.4f}, {row.seconds:,.1f} s"
    return f"{row.name}: left out, {row.reason}"
