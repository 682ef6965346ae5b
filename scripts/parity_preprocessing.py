"""Hold `zooflow.data.decode` against timm's evaluation transform, value by value.

    $ PYTHONPATH=. python scripts/parity_preprocessing.py

Run it where timm and torchvision are installed. `--golden FILE` stores what timm made of a few
images, for the tests, which import no torch.
"""

import io
import itertools
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from zooflow.cards import ImageInput
from zooflow.data.images import decode

SIZES = ((224, 224), (240, 240), (288, 288), (384, 384), (192, 256))
CROPS = (0.875, 0.9, 0.95, 1.0)
MODES = ("center", "squash", "border")
MOST = 0.02  # part of an image's values that may differ by one
STEP = 4999  # a prime: of how many values one is stored
FILTERS = ("bicubic", "bilinear", "nearest", "lanczos")


def synthetic(seed: int) -> bytes:
    """Draw a PNG of odd sides: slopes with noise, in whole numbers, the same everywhere."""
    rng = np.random.RandomState(seed)  # its stream is frozen, unlike Generator's
    height, width = rng.randint(17, 700, 2)
    y, x = np.mgrid[0:height, 0:width]
    slopes = [(x * (3 + c) + y * (7 - c)) % 200 for c in range(3)]
    pixels = np.stack(slopes, -1) + rng.randint(0, 56, (height, width, 3))
    file = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(file, "PNG")
    return file.getvalue()


def reference(data: bytes, input: ImageInput) -> np.ndarray:
    """Let timm do it."""
    from timm.data import create_transform

    transform = create_transform(
        (3, *input.size),
        interpolation=input.interpolation,
        crop_pct=input.crop,
        crop_mode=input.crop_mode,
        mean=input.mean,
        std=input.std,
        normalize=False,
    )
    return transform(Image.open(io.BytesIO(data)).convert("RGB")).numpy().transpose(1, 2, 0)


def main() -> int:
    """Compare all and say how many differ."""
    inputs = [
        ImageInput(size, crop, mode, filter)
        for size, crop, mode, filter in itertools.product(SIZES, CROPS, MODES, FILTERS)
    ]
    different = compared = 0
    goldens, off = [], []
    for seed in range(40):
        data = synthetic(seed)
        for input in inputs[seed % 4 :: 4] if seed > 3 else inputs:
            expected = reference(data, input)
            compared += 1
            apart = np.abs(decode(data, input).astype(int) - expected)
            off.append(np.mean(apart > 0))
            if apart.max() > 1 or off[-1] > MOST:
                different += 1
                print(f"image {seed} differs by {apart.max()}, {off[-1]:.2%} of it: {input}")
            if seed < 12 and compared % 13 == 0:
                shape = (input.size, input.crop, input.crop_mode, input.interpolation)
                goldens.append([seed, *shape, expected.ravel()[::STEP].tolist()])
    if "--golden" in sys.argv:
        rows = ",\n".join(json.dumps(row) for row in goldens)
        Path(sys.argv[sys.argv.index("--golden") + 1]).write_text(f"[\n{rows}\n]\n", "utf-8")
    print(
        f"{compared - different} of {compared} images equal timm's; "
        f"{np.mean(np.equal(off, 0)):.0%} to the bit, of the others at most {max(off):.2%} of "
        "the values differ by one"
    )
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
