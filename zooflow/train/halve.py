"""Learning in smaller parts of batches where one does not fit into memory."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import BadInput
from ..run.folder import write_json
from .learn import TooLarge, learn
from .listener import Listener
from .plan import Plan, plan
from .state import latest


def learn_what_fits(
    ready: Plan, folder: Path, listener: Listener
) -> tuple[Plan, dict[str, Any], np.ndarray]:
    """Train as `learn` does; halve what is learned at a time until it fits into memory.

    Args:
        ready: the model and all that it learns from.
        folder: of the training.
        listener: is told how it goes.

    Returns:
        What was trained at last, the best epoch's row of metrics.jsonl, and what the model then
        says of the validation examples, logits (examples, labels).

    Raises:
        BadInput: not even a single example fits; or the backbone cannot be loaded anew.
        TrainingStopped: the audit failed, or the loss is not finite.
    """
    while True:
        try:
            return ready, *learn(ready, folder, listener)
        except TooLarge as error:
            ready = _halved(ready, folder, error.number, listener)


def _halved(ready: Plan, folder: Path, number: int, listener: Listener) -> Plan:
    """Plan anew with smaller parts of batches, after one was too large for the memory.

    The phases before go on from their last save; one that was saved itself begins anew, so that
    the recipe says how all of it was trained.
    """
    if not ready.backbone.files:
        raise BadInput(
            f"a batch does not fit into memory in phase {number}", hint="give a smaller batch"
        )
    recipe = ready.recipe.halved(number)
    listener.say(
        f"phase {number} does not fit into memory: {recipe.micro(number)} examples are learned at "
        f"a time from here on, and a step still learns from {recipe.batch}"
    )
    saved = latest(folder / "state")
    if saved and saved.stand.phase == number:
        shutil.rmtree(folder / "state")
    write_json(folder / "recipe.json", json.loads(recipe.to_json()))
    return plan(recipe, ready.split)
