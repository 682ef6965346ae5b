"""What comes out of `zooflow export` for three runs in every format: docs/exports.md.

    $ benchmarks/setup jax && .venv/bin/pip install "zooflow[onnx,litert,openvino]"
    $ .venv/bin/python benchmarks/exports.py --images data/digits/train

Three heads are learned: on EfficientNet-Lite0 and MiniLM with their own weights, and on a ViT-Tiny
with random ones. Files for runtimes are asked from the disk about validation examples, as each
export does; folders for timm and transformers are loaded by these, in .venv-peers, and asked the
same.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import describe, machine

from zooflow.backend import choose_backend, start
from zooflow.errors import ZooflowError
from zooflow.formats import FORMATS, LIBRARIES

HERE = Path(__file__).resolve().parent
TEXTS = HERE.parent / "recipes/data/intents/train.csv"
VIT = {
    "architecture": "vit_tiny_patch16_224",
    "pretrained_cfg": {
        "input_size": [3, 224, 224],
        "crop_pct": 0.9,
        "interpolation": "bicubic",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
    },
}
ASKED = 128  # examples, of a library's folder
LOADED = """
import json, sys
import numpy as np, torch
folder, library, arrays = sys.argv[1:]
given = dict(np.load(arrays))
with torch.no_grad():
    if library == "timm":
        import timm
        model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        cfg = model.pretrained_cfg
        pixels = (given["pixels"] / 255 - cfg["mean"]) / cfg["std"]
        said = model(torch.tensor(pixels.transpose(0, 3, 1, 2)).float())
    else:
        import transformers
        facts = json.load(open(f"{folder}/preprocessor_config.json"))
        pixels = given["pixels"] * facts["rescale_factor"] - facts["image_mean"]
        pixels = (pixels / facts["image_std"]).transpose(0, 3, 1, 2)
        model = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
        said = model(pixel_values=torch.tensor(pixels).float()).logits
np.save(arrays + ".said.npy", said.numpy())
"""


def main() -> None:
    """Export each run in each format, and write what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--images", type=Path, required=True, help="a folder for each label")
    parser.add_argument("--peers", default=str(HERE.parent / ".venv-peers/bin/python"))
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs/exports.md")
    given = parser.parse_args()
    choose_backend("tensorflow")
    start()
    rows = []
    with tempfile.TemporaryDirectory() as place:
        for name, run in runs(Path(place), given.images).items():
            kinds = [(to, None) for to in (*LIBRARIES, *FORMATS)]
            kinds += [(to, each) for to, form in FORMATS.items() for each in form.quantize]
            for to, quantize in kinds:
                folder = Path(place, name, f"{to}-{quantize}")
                rows.append(
                    (name, to, quantize or "float32", *came(run, to, quantize, folder, given))
                )
                print(*rows[-1], sep=" | ", flush=True)
                given.out.write_text(table(rows), "utf-8")


def runs(place: Path, images: Path) -> dict[str, Any]:
    """Learn three heads."""
    import keras

    from zooflow import ImageFolder, Phase, Recipe, Table, finetune
    from zooflow.checkpoints import save_safetensors
    from zooflow.convert import drain
    from zooflow.zoo import build
    from zooflow.zoo.configs import card_from_folder

    vit = place / "vit"
    vit.mkdir()
    (vit / "config.json").write_text(json.dumps(VIT), "utf-8")
    keras.utils.set_random_seed(0)
    made = build(card_from_folder(vit, name="vit", source=str(vit)))
    save_safetensors(drain(made.whole), vit / "model.safetensors")
    data = {
        "EfficientNet-Lite0": ("efficientnet_lite0.in1k", ImageFolder(str(images))),
        "ViT-Tiny, random": (str(vit), ImageFolder(str(images))),
        "MiniLM": ("all-minilm-l6-v2", Table(str(TEXTS))),
    }
    phases = (Phase("head", epochs=10, lr=1e-2),)
    return {
        name: finetune(Recipe(backbone, source, phases=phases), place / f"run {name}")
        for name, (backbone, source) in data.items()
    }


def came(
    run: Any, to: str, quantize: str | None, folder: Path, given: argparse.Namespace
) -> tuple[str, str, str]:
    """Export; give how the labels agree, how far logits differ, and megabytes, or why not."""
    from zooflow.exports import export_and_tell

    folder.parent.mkdir(exist_ok=True)
    try:
        done = export_and_tell(run, to, folder, quantize=quantize)
    except ZooflowError as error:
        return "refused", str(error).replace("\n", " "), ""
    size = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6
    if done.check:
        agreement, difference = done.check.agreement, done.check.difference
    elif run.modality == "text":
        return "written", "held against its library by scripts/parity", f"{size:.1f}"
    else:
        agreement, difference = asked(run, to, folder, given.peers)
    return f"{agreement:.2%}", f"{difference:.1e}", f"{size:.1f}"


def asked(run: Any, to: str, folder: Path, python: str) -> tuple[float, float]:
    """Load a folder in its library and ask it what the run is asked."""
    import keras

    from zooflow.data import decode_all
    from zooflow.run.examples import validation_inputs

    paths = validation_inputs(run.folder, run.recipe, ASKED)
    pixels = decode_all(paths, run.reader)  # type: ignore[arg-type]
    ours = keras.ops.convert_to_numpy(run.model.predict(pixels, verbose=0))
    arrays = folder.with_suffix(".npz")
    np.savez(arrays, pixels=pixels)
    subprocess.run([python, "-c", LOADED, str(folder), to, str(arrays)], check=True)
    theirs = np.load(f"{arrays}.said.npy")
    same = (ours.argmax(axis=1) == theirs.argmax(axis=1)).mean()
    return float(same), float(np.abs(ours - theirs).max() / np.abs(ours).max())


def table(rows: list[tuple[str, ...]]) -> str:
    """Write the rows as Markdown."""
    import zooflow

    lines = [
        "# Exports, each asked from the disk",
        "",
        "Made by `benchmarks/exports.py`. Labels and logits of the file are held against those of",
        "the run on its validation examples, end to end in the format's own runtime; the",
        "difference is the largest of a logit, relative to the largest. Refusals are quoted.",
        "",
        f"{describe(machine())}, {time.strftime('%Y-%m-%d')}, zooflow {zooflow.__version__}",
        "",
        "| backbone | format | numbers | labels agree | difference | MB |",
        "|---|---|---|--:|--:|--:|",
    ]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
