"""Write scikit-learn's handwritten digits as folders of images: train/LABEL and test/LABEL.

    $ python recipes/data/digits.py data/digits

1,797 images of 8 x 8 pixels; every fifth of each digit is held out for the test.
Source: Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI 1998 (CC BY 4.0).
"""

import sys
from collections import Counter
from pathlib import Path

from PIL import Image
from sklearn.datasets import load_digits


def write(folder: Path) -> None:
    """Write the images."""
    seen: Counter[int] = Counter()
    digits = load_digits()
    for index, (pixels, digit) in enumerate(zip(digits.images, digits.target, strict=True)):
        seen[digit] += 1
        part = "test" if seen[digit] % 5 == 0 else "train"
        path = folder / part / str(digit) / f"{index:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((pixels * 255 / 16).round().astype("uint8")).save(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
