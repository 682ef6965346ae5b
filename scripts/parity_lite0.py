"""Compare EfficientNet-Lite0's real weights in zooflow and in timm: logits of 100 images.

    $ python scripts/parity_lite0.py REFERENCE_PYTHON WEIGHTS.pth

REFERENCE_PYTHON has timm and no keras; the two sides never share a process.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

LIMIT = 1e-4  # relative to the largest logit
MEAN = STD = (0.5, 0.5, 0.5)  # as TensorFlow trained it


def photos(count: int = 100) -> np.ndarray:
    """Draw images like photos: blurred shapes under light from one side, grainy; 0 to 255."""
    draw = np.random.default_rng(0)
    rows, columns = np.mgrid[0:224, 0:224] / 224
    images = np.empty((count, 224, 224, 3), "float32")
    for image in images:
        tilt = draw.normal(0, 60, 2)
        image[:] = (draw.uniform(60, 200, 3) + tilt[0] * rows[..., None]) + tilt[1] * columns[
            ..., None
        ]
        for _ in range(draw.integers(3, 9)):
            (y, x), (a, b) = draw.uniform(0, 1, 2), draw.uniform(0.05, 0.4, 2)
            away = ((rows - y) / a) ** 2 + ((columns - x) / b) ** 2 - 1
            shape = 0.5 - 0.5 * np.tanh(20 * away)
            stripes = 1 + 0.3 * np.sin(draw.uniform(0, 90) * (rows + draw.normal() * columns))
            shade = draw.uniform(0, 255, 3) * stripes[..., None]
            image += shape[..., None] * (shade - image)
        image += draw.normal(0, 4, image.shape)
    return np.clip(images, 0, 255)


def timm_logits(weights: str, file: str) -> None:
    """Write the logits that timm computes; runs in the reference's process."""
    import timm
    import torch

    model = timm.create_model("tf_efficientnet_lite0").eval()
    state = torch.load(weights, map_location="cpu", weights_only=True)
    pairs = zip(model.state_dict(), state, strict=True)  # both in the order of computing
    model.load_state_dict({ours: state[theirs] for ours, theirs in pairs})
    x = torch.tensor(((photos() / 255 - MEAN) / STD).transpose(0, 3, 1, 2)).float()
    with torch.no_grad():
        np.save(file, np.concatenate([model(batch).numpy() for batch in x.split(20)]))


def zooflow_logits(weights: str) -> np.ndarray:
    """Compute the logits with zooflow, from the same file under its own tensor names."""
    import keras

    from zooflow.cards import Card, ImageInput
    from zooflow.checkpoints import open_checkpoint
    from zooflow.convert import pour
    from zooflow.zoo import build, spelling

    card = Card(
        name="efficientnet_lite0",
        title="",
        family="efficientnet",
        variant="tf_efficientnet_lite0",
        source="",
        spelling="lukemelas",
        input=ImageInput(mean=MEAN, std=STD),
    )
    backbone = build(card)
    logits = keras.layers.Dense(1000, name=backbone.head)(backbone.pooled)
    model = keras.Model(backbone.model.input, logits)
    names = spelling(card)
    with open_checkpoint(Path(weights).parent) as checkpoint:
        pour(checkpoint, model, skip=r".+\.num_batches_tracked", spelling=names)
    return model.predict(photos(), batch_size=20, verbose=0)


def main(python: str, weights: str) -> int:
    """Print agreement and difference; give 1 if they are not the same network."""
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/logits.npy"
        subprocess.run([python, __file__, "--timm", weights, file], check=True)
        theirs = np.load(file)
    ours = zooflow_logits(weights)
    agreement = float(np.mean(ours.argmax(1) == theirs.argmax(1)))
    difference = float(np.abs(ours - theirs).max() / np.abs(theirs).max())
    kinds = len(set(theirs.argmax(1).tolist()))
    print(f"EfficientNet-Lite0, real weights, {len(ours)} images of {kinds} top-1 classes:")
    print(f"  top-1 agreement {agreement:.0%}, largest relative difference {difference:.1e}")
    return int(agreement < 1 or difference > LIMIT)


if __name__ == "__main__":
    if sys.argv[1] == "--timm":
        timm_logits(*sys.argv[2:])
    else:
        sys.exit(main(*sys.argv[1:]))
