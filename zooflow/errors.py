"""What can go wrong, as a tree.

ZooflowError             exit 1: a foreseen failure
├── BadInput             exit 2: something the user gave cannot be used
│   ├── UnknownName      no model, label or option of that name
│   ├── BadCheckpoint    a weight file that is damaged, foreign or unsafe to read
│   │   └── CheckpointMismatch   its tensors do not pair with the model
│   ├── BadData          images, tables or data sets
│   └── BadRecipe        a recipe that contradicts itself or its backbone
├── SourceUnavailable    files that could not be had: network, hub, package index
├── HashMismatch         a file that is not the one that was promised
├── NotPublished         a run that the hub did not take
└── TrainingStopped      a run that must not go on
"""

from difflib import get_close_matches


class ZooflowError(Exception):
    """A failure that is told in one sentence, with a hint of what to do.

    Args:
        message: what is wrong and where; quotes the value.
        hint: what to do next; empty where there is nothing sensible to say.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.hint = hint


class BadInput(ZooflowError):
    """Something the user gave cannot be used."""

    exit_code = 2


class UnknownName(BadInput):
    """No thing of that name among those that exist.

    Args:
        kind: what was looked for: "model", "label", "column".
        name: the name that was given.
        known: the names that exist, from which near ones are suggested.
        hint: what to do when no name is near.
    """

    def __init__(self, kind: str, name: str, known: list[str], hint: str = ""):
        near = get_close_matches(name, known, n=3, cutoff=0.6)
        super().__init__(
            f"no {kind} named {name!r}", f"did you mean {' or '.join(near)}?" if near else hint
        )


class BadCheckpoint(BadInput):
    """A weight file that is damaged, foreign or unsafe to read."""


class CheckpointMismatch(BadCheckpoint):
    """The tensors of a checkpoint and the variables of a model do not pair."""


class BadData(BadInput):
    """Images, tables or data sets that cannot be learned from as they are."""


class BadRecipe(BadInput):
    """A recipe that contradicts itself or its backbone."""


class SourceUnavailable(ZooflowError):
    """Files that could not be had: no network, no such repository, no permission."""


class HashMismatch(ZooflowError):
    """A file that is not the one that was promised."""


class NotPublished(ZooflowError):
    """A run that the hub did not take: no token, no permission, no network."""


class TrainingStopped(ZooflowError):
    """A run that must not go on."""
