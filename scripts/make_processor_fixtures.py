"""Write what transformers' image processors make of three images, by Pillow.

    $ PYTHON scripts/make_processor_fixtures.py tests/data/processors.json

PYTHON has transformers and torch, and no keras.
"""

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SIZES = ((23, 32), (41, 17), (20, 20))
IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
CASES: dict[str, tuple[str, str, dict[str, Any]]] = {  # module, class, settings
    "vit": ("vit", "ViT", {"size": {"height": 12, "width": 12}}),
    "vit-oblong": ("vit", "ViT", {"size": {"height": 10, "width": 14}, "resample": 0}),
    "vit-old": ("vit", "ViT", {"size": 12, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.4] * 3}),
    "vit-unnormalised": ("vit", "ViT", {"size": 12, "do_normalize": False}),
    "vit-unscaled": ("vit", "ViT", {"size": 12, "do_rescale": False}),
    "vit-twice": ("vit", "ViT", {"size": 12, "rescale_factor": 1 / 127.5}),
    "vit-neither": ("vit", "ViT", {"size": 12, "do_normalize": False, "do_rescale": False}),
    "deit": (
        "deit",
        "DeiT",
        {"size": {"height": 17, "width": 17}, "crop_size": {"height": 12, "width": 12}},
    ),
    "deit-odd": ("deit", "DeiT", {"size": 15, "crop_size": 12}),
    "deit-uncropped": ("deit", "DeiT", {"size": 15, "do_center_crop": False}),
    "clip": (
        "clip",
        "CLIP",
        {"size": {"shortest_edge": 12}, "crop_size": {"height": 12, "width": 12}},
    ),
    "clip-old": ("clip", "CLIP", {"size": 12, "crop_size": 12}),
    "clip-squashed": ("clip", "CLIP", {"size": {"height": 14, "width": 14}, "crop_size": 12}),
    "dinov2": (
        "bit",
        "Bit",
        {"size": {"shortest_edge": 16}, "crop_size": {"height": 13, "width": 13}, **IMAGENET},
    ),
    "siglip": ("siglip", "Siglip", {"size": {"height": 12, "width": 12}, "do_convert_rgb": None}),
    "convnext-small": ("convnext", "ConvNext", {"size": {"shortest_edge": 14}}),
    "convnext-crop": ("convnext", "ConvNext", {"size": 14, "crop_pct": 0.9}),
    "convnext-large": ("convnext", "ConvNext", {"size": {"shortest_edge": 384}}),
    "beit": ("beit", "Beit", {"size": 12}),
    "beit-cropped": ("beit", "Beit", {"size": 16, "crop_size": 12, "do_center_crop": True}),
}


def case(module: str, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Process the images, and keep some values of each."""
    place = f"transformers.models.{module}.image_processing_pil_{module}"
    processor = getattr(import_module(place), f"{kind}ImageProcessorPil")(**settings)
    given = {"image_processor_type": f"{kind}ImageProcessor", **settings}
    expected = [kept(processor, size) for size in SIZES]
    return {"given": given, "written": processor.to_dict(), "expected": expected}


def kept(processor: Any, size: tuple[int, int]) -> dict[str, Any]:
    """Process a random image of a size."""
    draw = np.random.default_rng(size[0] * 1000 + size[1])
    image = Image.fromarray(draw.integers(0, 256, (*size, 3), dtype="uint8"))
    pixels = np.asarray(processor(image, return_tensors="np")["pixel_values"][0])
    pixels = pixels.transpose(1, 2, 0)
    places = np.random.default_rng(0).integers(0, pixels.size, 8)
    return {
        "image": list(size),
        "shape": list(pixels.shape),
        "mean": float(f"{pixels.astype('float64').mean():.7g}"),
        "values": [float(f"{value:.7g}") for value in pixels.ravel()[places]],
    }


if __name__ == "__main__":
    lines = (f"{json.dumps(name)}: {json.dumps(case(*words))}" for name, words in CASES.items())
    Path(sys.argv[1]).write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
