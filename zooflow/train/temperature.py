"""The temperature of a trained model, folded into its head."""

import dataclasses
from pathlib import Path

import numpy as np
from keras import ops

from ..judging import calibrate, probabilities
from ..run.folder import write_json
from .listener import Listener
from .plan import Plan


def cool(ready: Plan, logits: np.ndarray, folder: Path, listener: Listener) -> np.ndarray:
    """Divide the last layer of a trained model by the temperature that calibrates it.

    What it answers stays; only how sure it is of that changes.

    Args:
        ready: the model and its data.
        logits: what it says of the validation examples, (examples, labels).
        folder: of the run; calibration.json is written there.
        listener: is told what came of it.

    Returns:
        Probabilities, (examples, labels).
    """
    found = calibrate(logits, ready.split.validation.targets)
    write_json(folder / "calibration.json", dataclasses.asdict(found))
    if found.reason:
        listener.say(f"not calibrated: {found.reason}")
        return probabilities(logits)
    for variable in ready.model.get_layer(ready.backbone.head).weights:
        variable.assign(ops.convert_to_numpy(variable) / np.float32(found.temperature))
    before, after = found.calibration_error
    listener.say(
        f"temperature {found.temperature:.4g}: calibration error {before:.3f} -> {after:.3f} "
        "on validation"
    )
    return probabilities(logits / np.float32(found.temperature))
