"""What a command is to answer about: images, or texts."""

import sys
from pathlib import Path
from typing import Any

from ..errors import BadInput
from .runs import Known
from .show import Show


def lines(inputs: tuple[str, ...]) -> tuple[str, ...]:
    """Put the lines of stdin in the place of "-"."""
    if "-" not in inputs:
        return inputs
    read = tuple(line.rstrip("\r\n") for line in sys.stdin)
    at = inputs.index("-")
    found = (*inputs[:at], *(line for line in read if line.strip()), *inputs[at + 1 :])
    if not found:
        raise BadInput("stdin is empty", hint="send files or texts, one a line")
    return found


def from_arguments(
    known: Known, given: tuple[str, ...], on_bad_file: str, show: Show
) -> tuple[tuple[Any, ...], list[str]]:
    """Read what the arguments say: texts, or where images are."""
    if known.modality == "text":
        for text in given:
            if not text.strip():
                raise BadInput("a text is empty", hint="there is nothing to say of it")
            if len(text) < 256 and Path(text).is_file():
                raise BadInput(
                    f"{text!r} is a file, and this run takes texts",
                    hint=f"zooflow predict {known.folder} - < {text} reads a text from each line",
                )
        return given, list(given)
    from ..data import find_images, verify_images

    good, bad = verify_images(find_images(given), on_bad_file)
    if not good:
        raise BadInput(f"none of {len(bad)} images can be read", hint="is the path right?")
    for path in bad:
        show.say(f"skipped {path}: it cannot be read")
    return tuple(good), [path.as_posix() for path in good]
