"""What transformers' image processors do to an image, as an `ImageInput`, and back."""

import math
from collections.abc import Mapping
from typing import Any

from ..cards import ImageInput
from ..errors import BadCheckpoint, BadInput

FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")  # by Pillow's numbers
HALF = {"image_mean": (0.5, 0.5, 0.5), "image_std": (0.5, 0.5, 0.5)}
IMAGENET = {"image_mean": ImageInput.mean, "image_std": ImageInput.std}
CLIP = {  # Radford et al., 2021. arXiv:2103.00020: of the pairs that CLIP learned from
    "image_mean": (0.48145466, 0.4578275, 0.40821073),
    "image_std": (0.26862954, 0.26130258, 0.27577711),
}
SQUARE = {"size": {"height": 224, "width": 224}, "default_to_square": True}
SHORTEST = {"size": {"shortest_edge": 224}, "default_to_square": False}
CROPPED = {"do_center_crop": True, "crop_size": {"height": 224, "width": 224}}
DEFAULTS: dict[str, dict[str, Any]] = {  # what a preprocessor_config.json may leave out
    "ViTImageProcessor": {**SQUARE, **HALF, "resample": 2},
    "DeiTImageProcessor": {
        **SQUARE,
        **CROPPED,
        **HALF,
        "size": {"height": 256, "width": 256},
        "resample": 3,
    },
    "BeitImageProcessor": {**SQUARE, **CROPPED, **HALF, "do_center_crop": False, "resample": 3},
    "BitImageProcessor": {**SHORTEST, **CROPPED, **CLIP, "resample": 3},
    "CLIPImageProcessor": {**SHORTEST, **CROPPED, **CLIP, "resample": 3},
    "SiglipImageProcessor": {**SQUARE, **HALF, "default_to_square": False, "resample": 3},
    "ConvNextImageProcessor": {
        **SHORTEST,
        **HALF,
        "size": {"shortest_edge": 384},
        "crop_pct": 224 / 256,
        "resample": 3,
    },
    "DINOv3ViTImageProcessor": {**SQUARE, **IMAGENET, "resample": 2},
}
MAYBE: dict[str, Any] = {"do_center_crop": False, "crop_size": None, "do_pad": False}
ALWAYS = {"do_resize": True, "do_rescale": True, "rescale_factor": 1 / 255, "do_normalize": True}
OF_MODEL = {  # the processor of a model type whose folder has no preprocessor_config.json
    "deit": "DeiTImageProcessor",
    "dinov2": "BitImageProcessor",
    "dinov2_with_registers": "BitImageProcessor",
    "dinov3_vit": "DINOv3ViTImageProcessor",
    "clip_vision_model": "CLIPImageProcessor",
    "siglip_vision_model": "SiglipImageProcessor",
    "beit": "BeitImageProcessor",
    "convnext": "ConvNextImageProcessor",
    "convnextv2": "ConvNextImageProcessor",
}
NAMES = "image_processor_type feature_extractor_type processor_class auto_map use_fast"
BOOKS = """
    do_convert_rgb do_reduce_labels reduce_labels default_to_square return_tensors data_format
    input_data_format device disable_grouping image_seq_length pad_size _valid_processor_keys
"""  # what changes nothing about the pixels of an RGB image
IGNORED = {*NAMES.split(), *BOOKS.split()}


def image_input(given: Mapping[str, Any], model_type: str) -> ImageInput:
    """Say what a processor does: as transformers does it by Pillow.

    Two things are ours always: turning images upright, and putting transparent ones on white.

    Args:
        given: what preprocessor_config.json holds; empty for the defaults of the model type.
        model_type: of the network, which says the processor where the file does not.

    Raises:
        BadCheckpoint: a processor or a setting that zooflow does not know or cannot follow.
    """
    kind = _kind(given, model_type)
    known = {**ALWAYS, **MAYBE, **DEFAULTS[kind]}
    for key in sorted(given.keys() - known.keys() - IGNORED):
        if given[key]:
            raise _refusal(key, given[key], f"which zooflow does not know of a {kind}")
    settings = {**known, **{key: value for key, value in given.items() if value is not None}}
    for key, only in {"do_resize": True, "do_pad": False}.items():
        if settings[key] is not only:
            raise _refusal(key, settings[key], "but all images of a batch shall be of one size")
    if not isinstance(settings["resample"], int) or settings["resample"] not in range(len(FILTERS)):
        raise _refusal("resample", settings["resample"], "which is none of Pillow's filters")
    size, part, mode = (_convnext if kind.startswith("ConvNext") else _geometry)(settings)
    mean, std = _scale(settings)
    return ImageInput(
        size=size,
        crop=part,
        crop_mode=mode,
        interpolation=FILTERS[settings["resample"]],
        mean=mean,
        std=std,
        halve="floor",
    )


def processor_config(input: ImageInput) -> dict[str, Any]:
    """Write what preprocessor_config.json shall hold: the inverse of `image_input`.

    timm rounds where half of what a crop leaves is no whole pixel, and transformers cuts off: the
    crop of an `ImageInput` of timm's may shift by one pixel.

    Raises:
        BadInput: transformers has no processor that does it.
    """
    height, width = (math.floor(side / input.crop) for side in input.size)
    written: dict[str, Any] = {
        **ALWAYS,
        "resample": FILTERS.index(input.interpolation),
        "image_mean": list(input.mean),
        "image_std": list(input.std),
        "size": {"height": height, "width": width},
    }
    crop = {"height": input.size[0], "width": input.size[1]}
    if input.crop_mode == "squash" and (height, width) == tuple(input.size):
        return {"image_processor_type": "ViTImageProcessor", **written}
    written |= {"do_center_crop": True, "crop_size": crop}
    if input.crop_mode == "squash":
        return {"image_processor_type": "DeiTImageProcessor", **written}
    if input.crop_mode == "center" and height == width:
        written["size"] = {"shortest_edge": height}
        return {"image_processor_type": "BitImageProcessor", **written}
    raise BadInput(
        f"transformers has no processor that crops images to {input.size[0]} x {input.size[1]} "
        f"pixels by {input.crop_mode!r}"
    )


def _kind(given: Mapping[str, Any], model_type: str) -> str:
    """Name the processor, whatever its age and whatever it computes with."""
    said = given.get("image_processor_type") or given.get("feature_extractor_type")
    if not said:
        return OF_MODEL.get(model_type, "ViTImageProcessor")
    kind = str(said).replace("FeatureExtractor", "ImageProcessor")
    kind = kind.removesuffix("Fast").removesuffix("Pil")
    if kind not in DEFAULTS:
        raise BadCheckpoint(
            f"the images are prepared by {said!r}, which zooflow does not know",
            hint=f"it knows {', '.join(DEFAULTS)}",
        )
    return kind


def _geometry(settings: dict[str, Any]) -> tuple[tuple[int, int], float, str]:
    """Give the size of what comes out, the part that the crop keeps, and the way to crop."""
    size = _sides(settings["size"], settings["default_to_square"])
    crop = _sides(settings["crop_size"], True) if settings["do_center_crop"] else {}
    if set(size) == {"height", "width"}:
        height, width, mode = size["height"], size["width"], "squash"
    elif set(size) == {"shortest_edge"} and crop and crop["height"] == crop["width"]:
        height, width, mode = size["shortest_edge"], size["shortest_edge"], "center"
    else:
        raise _refusal("size", settings["size"], "which gives images of no one size")
    kept = (crop["height"], crop["width"]) if crop else (height, width)
    for part in (kept[0] / height, kept[0] / (height + 0.5)):  # divisions round
        if part <= 1 and tuple(math.floor(side / part) for side in kept) == (height, width):
            return kept, part, mode
    raise _refusal("crop_size", settings["crop_size"], f"of images of {height} x {width} pixels")


def _convnext(settings: dict[str, Any]) -> tuple[tuple[int, int], float, str]:
    """Do as ConvNeXt's processor: crop small images, and squash those from 384 pixels on."""
    size = _sides(settings["size"], False)
    if set(size) != {"shortest_edge"} or settings["do_center_crop"]:
        raise _refusal("size", settings["size"], "where a ConvNextImageProcessor has shortest_edge")
    edge = size["shortest_edge"]
    if edge >= 384:
        return (edge, edge), 1.0, "squash"
    return (edge, edge), settings["crop_pct"], "center"


def _sides(size: Any, square: bool) -> dict[str, int]:
    """Read the many forms of a size."""
    sides: dict[str, Any]
    if isinstance(size, Mapping):
        sides = {key: value for key, value in size.items() if value is not None}
    elif isinstance(size, list | tuple) and len(size) == 2:
        sides = {"height": size[0], "width": size[1]}
    else:
        sides = {"height": size, "width": size} if square else {"shortest_edge": size}
    if not all(type(side) is int and side > 0 for side in sides.values()):
        raise _refusal("size", size, "which are no pixels")
    return sides


def _scale(settings: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Give mean and deviation of values scaled to 0 to 1, whatever the processor scales to."""
    factor = settings["rescale_factor"] if settings["do_rescale"] else 1
    if not settings["do_normalize"]:
        return (0.0,) * 3, (1 / (255 * factor),) * 3
    scale = 1 if factor == 1 / 255 else 255 * factor
    found = []
    for key in ("image_mean", "image_std"):
        values = settings[key]
        values = list(values) if isinstance(values, list | tuple) else [values] * 3
        if len(values) != 3 or not all(isinstance(value, int | float) for value in values):
            raise _refusal(key, settings[key], "which is not three numbers")
        found.append(tuple(value / scale for value in values))
    return found[0], found[1]


def _refusal(key: str, value: Any, why: str) -> BadCheckpoint:
    return BadCheckpoint(f"preprocessor_config.json sets {key} to {value!r:.80}, {why}")
