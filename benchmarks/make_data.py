"""Make the benchmarks' data: photos to classify, and texts of realistic lengths.

    $ python benchmarks/make_data.py images FOLDER 2000
    $ python benchmarks/make_data.py texts FOLDER 2000

The same bits on every machine with the same versions of scikit-learn, NumPy and Pillow. A quarter
as many examples are made to validate on. Example number i is the same whatever their number.

A photo has 500 x 375 pixels: one of scikit-learn's handwritten digits, at a random place, size,
angle and colour, on noise of the spectrum that photos have. Validation has digits of its own. A
text has a median of 86 tokens and a 95th percentile of 312; the words of its topic stand among
common ones and some of other topics.
"""

import csv
import math
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

WIDTH, HEIGHT = 500, 375
OCTAVES = {(4, 3): 35, (16, 12): 16, (64, 48): 8, (WIDTH, HEIGHT): 5}  # size: strength of noise
MEDIAN, TAIL = 86, 312  # tokens
SIGMA = math.log(TAIL / MEDIAN) / 1.645  # of the normal distribution behind the lengths
ENDS = 2  # tokens that a tokenizer puts around a text
TOPICS = {
    "cooking": "oven flour butter recipe kitchen sauce onion pepper bake cheese soup salad",
    "finance": "bank loan interest market stock credit tax profit debt investor price fund",
    "garden": "soil seed flower tree leaf root grass plant water rose summer fruit",
    "health": "doctor patient blood heart sleep pain hospital nurse medicine disease skin brain",
    "music": "song guitar piano band album concert voice drum melody rhythm stage singer",
    "space": "planet star orbit moon rocket galaxy telescope gravity mars satellite comet solar",
    "sport": "team goal match coach league season player score ball stadium race medal",
    "travel": "train hotel flight passport island city tour airport beach luggage map road",
}
COMMON = sorted(ENGLISH_STOP_WORDS)
MIX = {"own": 0.06, "other": 0.06}  # parts of the words; the rest are common ones


def photo(digit: np.ndarray, chance: np.random.Generator) -> Image.Image:
    """Put a digit onto a background.

    Args:
        digit: grey, 0 to 16, (8, 8).
        chance: what is drawn from.
    """
    ground = np.full((HEIGHT, WIDTH, 3), chance.uniform(60, 190, 3))
    for size, strength in OCTAVES.items():
        noise = chance.normal(128, strength, (size[1], size[0], 3)).clip(0, 255).astype("uint8")
        ground += np.asarray(Image.fromarray(noise).resize((WIDTH, HEIGHT), 3), float) - 128
    side = int(chance.integers(130, 220))
    mask = Image.fromarray((digit * 15.9).astype("uint8")).resize((side, side), 3)
    mask = mask.rotate(chance.uniform(-20, 20), expand=True)
    left = int(chance.integers(90, WIDTH - 90 - mask.width))  # within the centre that is looked at
    top = int(chance.integers(25, HEIGHT - 25 - mask.height))
    layer = np.zeros((HEIGHT, WIDTH, 1))
    layer[top : top + mask.height, left : left + mask.width, 0] = np.asarray(mask) / 255
    layer *= chance.uniform(0.7, 1)
    colour = (ground.mean((0, 1)) + chance.choice([-1, 1], 3) * chance.uniform(50, 130, 3)) % 256
    return Image.fromarray((ground * (1 - layer) + colour * layer).clip(0, 255).astype("uint8"))


def images(folder: Path, count: int) -> None:
    """Write photos as FOLDER/train/DIGIT/NUMBER.jpg and FOLDER/validation/…."""
    digits, labels = load_digits(return_X_y=True)
    digits = digits.reshape(-1, 8, 8)
    held = np.arange(len(digits)) % 5 == 0
    for part, examples, pool in (("train", count, ~held), ("validation", count // 4, held)):
        pictures, answers = digits[pool], labels[pool]
        for i in range(examples):
            pick = i % len(pictures)
            place = folder / part / str(answers[pick])
            place.mkdir(parents=True, exist_ok=True)
            chance = np.random.default_rng((part == "train", i))
            photo(pictures[pick], chance).save(place / f"{i:05}.jpg", quality=88)


def text(topic: str, chance: np.random.Generator) -> str:
    """Write a text about a topic."""
    length = round(math.exp(chance.normal(math.log(MEDIAN), SIGMA)))
    own = TOPICS[topic].split()
    other = [word for name, words in TOPICS.items() if name != topic for word in words.split()]
    words = own, other, COMMON
    shares = MIX["own"], MIX["other"], 1 - sum(MIX.values())
    kinds = chance.choice(3, max(3, length - ENDS), p=shares)
    return " ".join(str(chance.choice(words[kind])) for kind in kinds)


def texts(folder: Path, count: int) -> None:
    """Write texts as FOLDER/train.csv and FOLDER/validation.csv."""
    folder.mkdir(parents=True)
    for part, examples in (("train", count), ("validation", count // 4)):
        with (folder / f"{part}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(("text", "label"))
            for i in range(examples):
                topic = list(TOPICS)[i % len(TOPICS)]
                table.writerow((text(topic, np.random.default_rng((part == "train", i))), topic))


if __name__ == "__main__":
    {"images": images, "texts": texts}[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
