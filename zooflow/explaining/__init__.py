"""Why a run answers as it does: which parts of an image, which words of a text."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..cards import ImageInput
from ..data import Tokenizer, feed
from ..data.images import fit, load
from ..errors import UnknownName
from ..fresh import check_free
from ..run import Run, load_run
from ..run.folder import new_folder
from .pictures import page, shade, words
from .relevance import Lens

__all__ = ["Explanation", "Lens", "explain", "picture", "save"]

BATCH = 16


@dataclass(frozen=True)
class Explanation:
    """What an answer rests on.

    Args:
        input: image file, or its bytes, or text.
        label: that is explained.
        probability: of the label, 0 to 1.
        parts: how much each place adds to the label's logit: (rows, columns) of an image, of a text
            one for each of its tokens, special ones too.
    """

    input: Path | str | bytes
    label: str
    probability: float
    parts: np.ndarray


def explain(
    run: Lens | Run | str | Path,
    inputs: Sequence[Path | str | bytes],
    label: str | None = None,
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Explanation]:
    """Say what a run's answers rest on.

    Args:
        run: or its folder; or a lens on it, where it is asked more than once.
        inputs: image files or their bytes, or texts.
        label: to explain; None for the likeliest of each.
        progress: is told how many of how many are done.

    Raises:
        UnknownName: the run has no such label.
    """
    if not isinstance(run, Lens):
        run = Lens(run if isinstance(run, Run) else load_run(run, computes="float32"))
    lens, run = run, run.run
    if label is not None and label not in run.labels:
        raise UnknownName("label", label, [*run.labels])
    number = None if label is None else run.labels.index(label)
    found = []
    given = feed(tuple(inputs), run.reader)
    for indices, batch in given.in_order(np.arange(len(inputs)), BATCH):
        parts, chances = lens.relevance(batch, number)
        for index, part, chance in zip(indices, parts, chances, strict=True):
            told = int(chance.argmax()) if number is None else number
            one = Explanation(inputs[index], run.labels[told], float(chance[told]), part)
            found.append((index, one))
        progress(len(found), len(inputs))
    return [each for _, each in sorted(found, key=lambda pair: pair[0])]


def save(run: Run, found: Sequence[Explanation], folder: str | Path) -> list[Path]:
    """Draw explanations: a PNG of each image, or one page of all texts.

    Args:
        run: that was asked.
        found: what `explain` gave.
        folder: to write; must not exist.

    Raises:
        BadInput: it exists, or cannot be made.
    """
    folder = Path(folder).expanduser()
    check_free(folder)
    names = []
    with new_folder(folder) as partial:
        if isinstance(run.reader, Tokenizer):
            rows = [
                (
                    f"{each.label} {each.probability:.4f}",
                    words(str(each.input), each.parts, run.reader),
                )
                for each in found
            ]
            names.append("texts.html")
            title = f"What the answers of {run.folder.name} rest on"
            (partial / names[0]).write_text(page(title, rows), "utf-8")
        else:
            for number, each in enumerate(found, start=1):
                names.append(f"{number:0{len(str(len(found)))}}-{Path(str(each.input)).stem}.png")
                picture(run, each).save(partial / names[-1])
    return [folder / name for name in names]


def picture(run: Run, found: Explanation) -> Image.Image:
    """Draw an image as the run sees it, and beside it what speaks for the label."""
    assert isinstance(run.reader, ImageInput)
    return shade(fit(load(found.input), run.reader), found.parts)
