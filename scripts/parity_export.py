"""Export networks of every family, load them with timm and transformers, and compare answers.

    $ python scripts/parity_export.py REFERENCE_PYTHON [--all] [--real] [resnet bert …]

REFERENCE_PYTHON has timm and transformers; the two sides never share a process. Each network goes
out twice, to each library that has it: with a classifier of five labels, and alone. Without --all
two networks of a family are taken, one of each model type, and those whose classifier has a name of
its own; else all that the tests take by default. --real adds MiniLM and EfficientNet-Lite0 with
their own weights.
"""

import gc
import inspect
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
LIMIT = 1e-4  # relative to the largest value
WHOLE = ("byobnet", "focalnet", "metaformer")  # timm's functions take no other depths or widths
OTHERS = {  # whose classifier is not called as that of the family's others
    "byobnet": ["resnet50_clip"],
    "metaformer": ["caformer_s18"],
    "qwen3_vit": ["odd-qwen3-alone"],
    "vit": ["deit_tiny_distilled_patch16_224"],
}
LABELS = ("ant", "bee", "cat", "dog", "elk")
TEXTS = (
    "My parcel is three days late, where is it?",
    "Ich hätte gern mein Geld zurück - 請退款!",
    "no " * 300,
    "",
)


def main(python: str, *given: str) -> int:
    """Print the differences of each family; give 1 if one is beyond the limit."""
    import test_backbones as tests

    chosen = [name for name in given if name[0] != "-"] or sorted(tests.GOLDENS)
    with tempfile.TemporaryDirectory() as place:
        jobs: list[dict[str, Any]] = []
        refused: dict[str, str] = {}
        for kind in chosen:
            goldens, quick = tests.GOLDENS[kind], tests.QUICK[kind]
            plain = [name for name in quick if not name.startswith("odd-")]  # what timm has by name
            names = plain if "--all" in given else plain[:2]
            names = [*names, *OTHERS.get(kind, ()), *of_each_type(goldens, quick)]
            for name in dict.fromkeys(names):
                golden = goldens[name]
                if kind in WHOLE:
                    golden = {**golden, "config": {**golden["config"], "model_args": {}}}
                export_grown(f"{kind}: {name}", golden, Path(place), jobs, refused)
        if "--real" in given:
            export_real(Path(place), jobs)
        (Path(place) / "jobs.json").write_text(json.dumps(jobs), "utf-8")
        subprocess.run([python, __file__, "--load", place], check=True)
        differences = json.loads((Path(place) / "differences.json").read_text("utf-8"))
    for title, sentence in refused.items():
        print(f"refused  {title}: {sentence}")
    for title, value in sorted(differences.items(), key=lambda pair: -pair[1]):
        print(f"{value:.1e}  {title}")
    worst = max(differences.values())
    print(f"{len(differences)} folders, {len(refused)} refused; largest difference {worst:.1e}")
    return int(not worst <= LIMIT)


def of_each_type(goldens: dict[str, Any], quick: list[str]) -> list[str]:
    """Choose a network of each of transformers' model types."""
    first: dict[str, str] = {}
    for name in [*quick, *goldens]:
        first.setdefault(goldens[name]["config"].get("model_type", ""), name)
    return [name for kind, name in first.items() if kind]


def export_grown(
    title: str,
    golden: dict[str, Any],
    place: Path,
    jobs: list[dict[str, Any]],
    refused: dict[str, str],
) -> None:
    """Grow a network, put a classifier on it, and export both it and its backbone."""
    import keras
    from grown import grow, image, tokens

    from zooflow import Classify, export
    from zooflow.convert import drain, pour
    from zooflow.errors import BadInput
    from zooflow.run import Run
    from zooflow.zoo import build
    from zooflow.zoo.configs import card_from_folder

    (place / "config.json").write_text(json.dumps(golden["config"]), "utf-8")
    card = card_from_folder(place, name=title.partition(": ")[2], source="grown")
    backbone = build(card)
    model = Classify().attach(backbone, len(LABELS))
    for graph in (model, backbone.whole):  # a classifier may leave the pooling's own layers out
        pour({name: grow(name, each.shape) for name, each in drain(graph).items()}, graph)
    inputs = image(**golden["given"]) if "size" in golden["given"] else tokens(**golden["given"])
    run = Run(place, None, card, LABELS, model, card.input)  # type: ignore[arg-type]
    features, pooled = backbone.whole(inputs, training=False)
    said = {"logits": model(inputs, training=False), "features": features, "pooled": pooled}
    arrays = {name: keras.ops.convert_to_numpy(each) for name, each in said.items()}
    arrays |= inputs if isinstance(inputs, dict) else {"pixels": inputs}
    for library in ("transformers",) if isinstance(inputs, dict) else ("timm", "transformers"):
        for what, kind in ((run, "with classifier"), (backbone, "alone")):
            folder, job = place / str(len(jobs)), f"{title}, {kind}, to {library}"
            try:
                export(what, library, folder)
            except BadInput as error:
                refused[job] = str(error)
                continue
            np.savez(place / f"{folder.name}.npz", **arrays)
            jobs.append({"title": job, "folder": str(folder), "labels": what is run})
    keras.backend.clear_session()
    gc.collect()


def export_real(place: Path, jobs: list[dict[str, Any]]) -> None:
    """Export MiniLM and Lite0 with their own weights, and what they say of texts and pixels."""
    import keras
    from grown import image

    import zooflow
    from zooflow.data import Tokenizer

    for name in ("all-minilm-l6-v2", "efficientnet_lite0.in1k"):
        backbone = zooflow.load(name)
        texts = name != "efficientnet_lite0.in1k"
        if texts:
            assert backbone.files
            inputs: Any = Tokenizer.from_folder(backbone.files.folder, backbone.card.input)(TEXTS)
        else:
            inputs = image(0, backbone.card.input.size)
        features, pooled = map(keras.ops.convert_to_numpy, backbone.whole(inputs, training=False))
        folder = zooflow.export(backbone, "transformers" if texts else "timm", place / name)
        if not texts:
            facts = json.loads((folder / "config.json").read_text("utf-8"))
            assert facts["architecture"] == "tf_efficientnet_lite0"
        arrays = inputs if texts else {"pixels": inputs}
        np.savez(f"{folder}.npz", features=features, pooled=pooled, **arrays)
        jobs.append(
            {"title": f"{name}, real", "folder": str(folder), "labels": False, "texts": texts}
        )


def load(place: str) -> None:
    """Load every folder, ask it the same, and write the differences: the reference's process."""
    import torch

    torch.set_num_threads(2)
    differences = {}
    for job in json.loads((Path(place) / "jobs.json").read_text("utf-8")):
        folder = Path(job["folder"])
        asked = dict(np.load(f"{folder}.npz"))
        config = json.loads((folder / "config.json").read_text("utf-8"))
        ask = ask_timm if "architecture" in config else ask_transformers
        try:
            with torch.no_grad():
                value = ask(folder, config, asked, job)
        except Exception as error:  # a folder that does not load is a difference too
            value = float("inf")
            print(f"{type(error).__name__}: {str(error)[:1000]}", file=sys.stderr)
        print(f"{value:.1e}  {job['title']}", file=sys.stderr, flush=True)
        differences[job["title"]] = value
    (Path(place) / "differences.json").write_text(json.dumps(differences), "utf-8")


def ask_timm(folder: Path, config: dict[str, Any], asked: Any, job: dict[str, Any]) -> float:
    """Compare what timm answers, and transformers through timm; labels and scaling too."""
    import timm
    import torch
    import transformers

    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    cfg = model.pretrained_cfg
    pixels = (asked["pixels"] / 255 - cfg["mean"]) / cfg["std"]
    x = torch.tensor(pixels.transpose(0, 3, 1, 2)).float()
    if job["labels"]:
        assert model.num_classes == len(LABELS)
        assert tuple(cfg["label_names"]) == LABELS
        other = transformers.AutoModelForImageClassification.from_pretrained(folder).eval()
        assert tuple(other.config.id2label[i] for i in range(len(LABELS))) == LABELS
        answers = model(x), other(pixel_values=x).logits
        return max(difference(answer, asked["logits"]) for answer in answers)
    features = model.forward_features(x)
    last = features
    if features.ndim == 4 and features.shape != asked["features"].shape:  # channels first
        last = features.permute(0, 2, 3, 1)
    alone = config["architecture"].endswith("_enc")  # which timm does not average
    pooled = model(x).mean(1) if alone else model.forward_head(features, pre_logits=True)
    return max(difference(last, asked["features"]), difference(pooled, asked["pooled"]))


def ask_transformers(
    folder: Path, config: dict[str, Any], asked: Any, job: dict[str, Any]
) -> float:
    """Compare what transformers answers; labels, pixels or token ids too."""
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    if "pixels" in asked:
        facts = json.loads((folder / "preprocessor_config.json").read_text("utf-8"))
        pixels = asked["pixels"] * facts["rescale_factor"] - facts["image_mean"]
        pixels = (pixels / facts["image_std"]).transpose(0, 3, 1, 2)
        inputs = {"pixel_values": torch.tensor(pixels).float()}
        transformers.AutoImageProcessor.from_pretrained(folder)
        kind = transformers.AutoModelForImageClassification
    else:
        names = ["input_ids", "attention_mask", "token_type_ids"]
        if config["model_type"] == "roberta":  # whose tokens are all of the first segment
            names.pop()
        if config["model_type"] == "siglip_text_model":  # which reads every text at full length
            names = ["input_ids"]
            padding, length = config["pad_token_id"], asked["features"].shape[1]
            ids = np.where(asked["attention_mask"], asked["input_ids"], padding)
            rest = ((0, 0), (0, length - ids.shape[1]))
            asked["input_ids"] = np.pad(ids, rest, constant_values=padding)
            del asked["attention_mask"]
        inputs = {name: torch.tensor(asked[name]).long() for name in names}
        kind = transformers.AutoModelForSequenceClassification
    if job.get("texts"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        found = tokenizer(list(TEXTS), truncation=True, padding=True, return_tensors="np")
        length = found["input_ids"].shape[1]
        assert (asked["input_ids"][:, :length] == found["input_ids"]).all()
        assert not asked["attention_mask"][:, length:].any()
    if not job["labels"]:
        kind = getattr(transformers, config.get("architectures", ["AutoModel"])[0])
    model, told = kind.from_pretrained(folder, output_loading_info=True)
    if told["unexpected_keys"] or told["mismatched_keys"]:
        raise ValueError(f"{job['title']}: {told}")
    missing = [name for name in told["missing_keys"] if job["labels"] or "pooler" not in name]
    if missing:
        raise ValueError(f"{job['title']}: {missing} are missing")
    accepted = inspect.signature(model.eval().forward).parameters
    answer = model(**{name: each for name, each in inputs.items() if name in accepted})
    if job["labels"]:
        assert tuple(model.config.id2label[i] for i in range(len(LABELS))) == LABELS
        return difference(answer.logits, asked["logits"])
    if config["model_type"] in ("clip_vision_model", "clip_text_model"):
        said = answer.get("image_embeds", answer.get("text_embeds", answer.get("pooler_output")))
        return difference(said, asked["pooled"])
    last = answer.last_hidden_state
    last = last.permute(0, 2, 3, 1) if last.ndim == 4 else last
    theirs, ours = last.reshape(asked["features"].shape), asked["features"]
    if "attention_mask" in asked:  # what stands at padding is nobody's concern
        there = asked["attention_mask"].astype(bool)
        return difference(theirs[torch.tensor(there)], ours[there])
    return difference(theirs, ours)


def difference(theirs: Any, ours: np.ndarray) -> float:
    """Say how far apart two answers are, relative to the largest value."""
    found = theirs.numpy()
    assert found.shape == ours.shape, (found.shape, ours.shape)
    assert np.isfinite(found).all()
    return float(np.abs(found - ours).max() / np.abs(ours).max())


if __name__ == "__main__":
    if sys.argv[1] == "--load":
        load(sys.argv[2])
    else:
        sys.exit(main(*sys.argv[1:]))
