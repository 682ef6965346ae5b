"""Model cards: the registry of curated backbones.

A card is `model_cards/NAME.md`: facts as TOML between `+++` lines, then prose. There is no
second list of models.
"""

import tomllib
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Any

from .errors import BadInput, UnknownName


@dataclass(frozen=True)
class ImageInput:
    """What a vision backbone takes: RGB images valued 0 to 255, (batch, height, width, channels).

    Args:
        size: height and width in pixels.
        crop: part of the resized image's side that the centre crop keeps.
        crop_mode: "center" resizes the shorter side and crops; "squash" ignores the aspect ratio;
            "border" pads to a square.
        interpolation: Pillow's filter: "bicubic", "bilinear", "nearest", "lanczos".
        mean: subtracted per channel from values scaled to 0 to 1.
        std: divides per channel what remains.
        halve: what the crop does to half an odd rest: "round" as timm, "floor" as transformers.
    """

    size: tuple[int, int] = (224, 224)
    crop: float = 0.875
    crop_mode: str = "center"
    interpolation: str = "bicubic"
    mean: tuple[float, ...] = (0.485, 0.456, 0.406)
    std: tuple[float, ...] = (0.229, 0.224, 0.225)
    halve: str = "round"

    def at(self, *, size: int | None = None, crop: float | None = None) -> "ImageInput":
        """Give the same way at another side of the square, in pixels, or with another crop."""
        sides = (size, size) if size else self.size
        return replace(self, size=sides, crop=crop or self.crop)


@dataclass(frozen=True)
class TextInput:
    """What a text backbone takes: token ids, (batch, length).

    Args:
        length: most tokens of an example, special ones included.
    """

    length: int = 512


@dataclass(frozen=True)
class Card:
    """The facts of one pretrained backbone.

    Args:
        name: `architecture.tag`, or what the user loaded.
        title: one line for people.
        family: the module in `zooflow.backbones` that traces it.
        variant: key of the family's `VARIANTS`; empty where `arguments` say all.
        source: URI of its files; see `zooflow.sources`.
        input: what it takes.
        license: SPDX name, or "unknown".
        paper: "arXiv:1512.03385", or an address.
        arguments: numbers that differ from the variant's, by the family function's own names.
        spelling: which of the family's foreign spellings its tensors have; empty for the mirrored.
        sha256: file name to hash, where the card pins one.
        parameters: numbers in the tensors of the backbone, its pooling and the statistics of
            normalisation included; 0 where that is not known.
        features: shape of what it gives, without the batch; None where the input decides.
        blocks: its steps from bottom to top, the grain of freezing.
        bytes: size of its weight file; 0 where that is not known.
        trained_on: the data it learned from.
        prose: the card's text, Markdown.
    """

    name: str
    title: str
    family: str
    variant: str
    source: str
    input: ImageInput | TextInput
    license: str = "unknown"
    paper: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    spelling: str = ""
    sha256: dict[str, str] = field(default_factory=dict)
    parameters: int = 0
    features: tuple[int | None, ...] = ()
    blocks: tuple[str, ...] = ()
    bytes: int = 0
    trained_on: str = ""
    prose: str = ""


def read(path: Path) -> Card:
    """Read a card.

    Raises:
        BadInput: the facts are not TOML between `+++` lines, or one is missing or unknown.
    """
    try:
        opening, _, rest = path.read_text("utf-8").partition("+++\n")
        facts, closing, prose = rest.partition("+++\n")
        if opening or not closing:
            raise ValueError("its facts do not stand between two lines of +++")
        return from_facts({**tomllib.loads(facts), "prose": prose.strip()})
    except (ValueError, TypeError) as error:
        raise BadInput(f"{path.name} is not a model card: {error}") from error


def from_facts(facts: dict[str, Any]) -> Card:
    """Make a card of plain values, as TOML and JSON hold them; `dataclasses.asdict` inverts it.

    Raises:
        ValueError: a fact is missing or unknown.
    """
    _check_names(facts, Card, "it")
    given = facts["input"]
    kind = TextInput if isinstance(given, dict) and "length" in given else ImageInput
    _check_names(given, kind, "its input")
    features = tuple(side or None for side in facts.get("features", ()))  # TOML has no null: 0
    return Card(**{**_tuples(facts), "input": kind(**_tuples(given)), "features": features})


def _check_names(facts: Any, kind: type[Card | ImageInput | TextInput], where: str) -> None:
    if not isinstance(facts, dict):
        raise ValueError(f"{where} is {facts!r} and no table of facts")
    known = fields(kind)
    needed = {f.name for f in known if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(needed - facts.keys()):
        raise ValueError(f"{where} does not state {' and '.join(missing)}")
    if unknown := sorted(facts.keys() - {f.name for f in known}):
        raise ValueError(f"{where} states {' and '.join(unknown)}, which no card does")


def _tuples(facts: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in facts.items()}


def folder() -> Path:
    """Say where the cards lie: inside the package once installed, beside it in a checkout."""
    here = Path(__file__).parent
    return next(p for p in (here / "model_cards", here.parent / "model_cards") if p.is_dir())


@cache
def names() -> list[str]:
    """List the names of all curated backbones, sorted."""
    return sorted(path.name.removesuffix(".md") for path in folder().glob("*.md"))


def find(name: str) -> Card:
    """Find the card of a curated backbone.

    Raises:
        UnknownName: there is none; near names are suggested.
    """
    if name not in names():
        raise UnknownName("model", name, names(), hint="zooflow list shows them all")
    return read(folder() / f"{name}.md")
