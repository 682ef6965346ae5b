"""The weights under the checkpoint's own names, with all that zooflow needs to answer again."""

import json
from pathlib import Path

from scipy.special import softmax

from ..run import load_run
from ..run.folder import save_model
from .serving import Ask, Serving, asked


def write(serving: Serving, folder: Path, quantize: str | None) -> str:
    """Write model/ and the recipe of a run; give what loads it."""
    run = serving.run
    save_model(
        folder / "model",
        run.model,
        card=run.card,
        labels=run.labels,
        task=json.loads(run.recipe.to_json())["task"],
        precision="float32",
        reader=run.reader,
    )
    (folder / "recipe.json").write_text(run.recipe.to_json(), "utf-8")
    return "zooflow.load_run('{}')"


def open_file(folder: Path) -> Ask:
    """Load the folder as a run."""
    model = load_run(folder).model
    return lambda arrays: softmax(asked(model, arrays), axis=-1)
