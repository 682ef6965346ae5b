"""How another library spells the tensors of a network: other names, other groupings, both ways."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Spelling:
    """What to read otherwise in a checkpoint, and to write otherwise into one.

    A piece of a name stands between dots and may hold `#`, a whole number. `^` at its beginning
    holds it to the beginning of a name.

    Args:
        names: (theirs, ours), pieces of names that are replaced in turn.
        stacks: tensors that they cut otherwise along the first axis. Each is a row of equal parts
            (theirs, ours), pieces of the names that `names` has made: three of theirs that are one
            of ours, or the other way round.
        squeezed: endings of our names whose tensors they hold without the axes of length 1.
        raised: endings of our names whose tensors they hold with axes of length 1 in front, and how
            many axes those have in all.
    """

    names: Pairs = ()
    stacks: tuple[Pairs, ...] = ()
    squeezed: tuple[str, ...] = ()
    raised: tuple[tuple[str, int], ...] = ()

    def read(self, checkpoint: Mapping[str, np.ndarray]) -> "Regrouped":
        """Show a foreign checkpoint under our names; tensors are read when asked for."""
        named = {_renamed(name, self.names): name for name in checkpoint}
        return Regrouped(checkpoint, named, self.stacks)

    def write(self, tensors: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Give our tensors as a foreign checkpoint holds them: the inverse of `read`."""
        stacks = tuple(_turned(stack) for stack in self.stacks)
        regrouped = Regrouped(tensors, {name: name for name in tensors}, stacks)
        names = _turned(self.names)[::-1]
        return {
            _renamed(name, names): self._reshaped(name, tensor)
            for name, tensor in regrouped.items()
        }

    def squeezes(self, name: str) -> bool:
        """Say whether they hold a tensor of ours with fewer or more axes of length 1."""
        return name.endswith((*self.squeezed, *dict(self.raised)))

    def _reshaped(self, name: str, tensor: np.ndarray) -> np.ndarray:
        for ending, axes in self.raised:
            if name.endswith(ending):
                return tensor.reshape((1,) * (axes - tensor.ndim) + tensor.shape)
        return tensor.squeeze() if self.squeezes(name) else tensor


class Regrouped(Mapping[str, np.ndarray]):
    """Tensors cut and joined along their first axis when asked for.

    Args:
        checkpoint: what there is.
        named: new name to the name in the checkpoint.
        stacks: rows of equal parts (old, new), pieces of the new names.
    """

    def __init__(
        self,
        checkpoint: Mapping[str, np.ndarray],
        named: Mapping[str, str],
        stacks: tuple[Pairs, ...] = (),
    ):
        self.checkpoint = checkpoint
        self.parts: dict[str, list[tuple[str, int, int]]] = {}  # new name: (old name, part, of)
        taken = set()
        for stack in stacks:
            old = [theirs for theirs, _ in stack]
            counts = {piece: old.count(piece) for piece in old}
            seen: dict[str, int] = {}
            for piece, ours in stack:
                index = seen.get(piece, 0)
                seen[piece] = index + 1
                for name in named:
                    if found := _pattern(piece).search(name):
                        taken.add(name)
                        new = _replaced(found, ours)
                        self.parts.setdefault(new, []).append((named[name], index, counts[piece]))
        self.parts |= {name: [(named[name], 0, 1)] for name in named if name not in taken}

    def shape(self, name: str) -> tuple[int, ...]:
        """Give the shape of a tensor without reading it."""
        shape: Callable[[str], tuple[int, ...]] = getattr(
            self.checkpoint, "shape", lambda name: self.checkpoint[name].shape
        )
        whole = tuple(shape(self.parts[name][0][0]))
        if len(self.parts[name]) == 1 and self.parts[name][0][2] == 1:
            return whole
        return sum(shape(old)[0] // of for old, _, of in self.parts[name]), *whole[1:]

    def __getitem__(self, name: str) -> np.ndarray:
        """Read a tensor."""
        pieces = [
            np.split(self.checkpoint[old], of)[part] if of > 1 else self.checkpoint[old]
            for old, part, of in self.parts[name]
        ]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def __iter__(self) -> Iterator[str]:
        """Name the tensors."""
        return iter(self.parts)

    def __len__(self) -> int:
        """Count the tensors."""
        return len(self.parts)


def _turned(pairs: Pairs) -> Pairs:
    return tuple((ours, theirs) for theirs, ours in pairs)


def _renamed(name: str, pairs: Pairs) -> str:
    for theirs, ours in pairs:
        if found := _pattern(theirs).search(name):
            name = _replaced(found, ours)
    return name


@cache
def _pattern(piece: str) -> re.Pattern[str]:
    anchor, piece = ("^", piece[1:]) if piece.startswith("^") else (r"(?:^|(?<=\.))", piece)
    return re.compile(anchor + re.escape(piece).replace(r"\#", r"(\d+)") + r"(?=\.|$)")


def _replaced(found: re.Match[str], piece: str) -> str:
    numbers = iter(found.groups())
    new = re.sub("#", lambda _: next(numbers), piece.removeprefix("^"))
    return found.string[: found.start()] + new + found.string[found.end() :]
