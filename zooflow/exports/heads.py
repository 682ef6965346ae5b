"""How transformers' classes classify, and how a dense layer on pooled features becomes theirs.

Some put a dense layer and an activation before the classifier. Where a run has none, that layer
passes its input through where the activation is linear: logits differ by less than 1e-5 of them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..errors import BadInput

Tensors = dict[str, np.ndarray]
ALONE = "zooflow export takes a backbone by its name too, without its classifier"
ENDS = ("weight", "bias")
SMALL = np.float32(2**-12)  # tanh(x) is x to 1e-6 of it for |x| up to 8 times this
FAR = 6.0  # GELU(x) is x to 1e-8 from here on


@dataclass(frozen=True)
class Classifier:
    """A dense layer on pooled features, to be put in transformers' words.

    Args:
        tensors: of the network below, under transformers' names.
        weight: (labels, width).
        bias: (labels,).
        settings: what the graph was traced with.
        facts: of config.json; a head may set more.
    """

    tensors: Tensors
    weight: np.ndarray
    bias: np.ndarray
    settings: dict[str, Any]
    facts: dict[str, Any]

    def under(self, prefix: str) -> Tensors:
        """Put the network's tensors under the name that a class has for it."""
        return {f"{prefix}.{name}": tensor for name, tensor in self.tensors.items()}

    def dense(self, name: str = "classifier") -> Tensors:
        """Name the dense layer."""
        return {f"{name}.weight": self.weight, f"{name}.bias": self.bias}


def plain(given: Classifier, architecture: str, prefix: str) -> tuple[str, Tensors]:
    """Classify by a dense layer on the only vector that such a network pools."""
    return architecture, given.under(prefix) | given.dense()


def token(given: Classifier, architecture: str, prefix: str) -> tuple[str, Tensors]:
    """Classify by a dense layer on the class token."""
    _check(given, architecture, global_pool=("token", "first", ""), pooler=(False,))
    return plain(given, architecture, prefix)


def deit(given: Classifier) -> tuple[str, Tensors]:
    """Classify by the class token, or by the mean of two answers: by it and by the distilled."""
    if given.settings["global_pool"] == "first":
        return token(given, "DeiTForImageClassification", "deit")
    architecture = "DeiTForImageClassificationWithTeacher"
    _check(given, architecture, global_pool=("token", ""), pooler=(False,))
    twins = given.dense("cls_classifier") | given.dense("distillation_classifier")
    return architecture, given.under("deit") | twins


def beside(given: Classifier, architecture: str, prefix: str) -> tuple[str, Tensors]:
    """Classify by the class token beside the mean of the patches; what is not pooled weighs 0."""
    _check(given, architecture, global_pool=("token", "avg", ""), fc_norm=(None, False))
    halves = [given.weight, 0 * given.weight]
    if given.settings["global_pool"] == "avg":
        _check(given, architecture, fc_norm=(False,))
        halves.reverse()
    tensors = {"classifier.weight": np.concatenate(halves, axis=1), "classifier.bias": given.bias}
    return architecture, given.under(prefix) | tensors


@dataclass(frozen=True)
class Texts:
    """Classify by the first token, through a dense layer and an activation.

    Args:
        architecture: transformers' class.
        prefix: what the class calls the network.
        dense: its dense layer.
        act: that layer's activation, "tanh", "relu" or "gelu"; or the setting that names it.
        out: its classifier.
        norm: ending of the name of the normalisation from which the first token comes.
    """

    architecture: str
    prefix: str
    dense: str
    act: str = "tanh"
    out: str = "classifier"
    norm: str = ""

    def __call__(self, given: Classifier) -> tuple[str, Tensors]:
        """Put a classifier in the class's words.

        Raises:
            BadInput: the class pools otherwise.
        """
        pool = given.settings["pool"]
        if pool not in ("pooler", "token"):
            raise BadInput(
                f"transformers' {self.architecture} classifies by the first token, and this run "
                f"by {pool!r}",
                hint="--to sentence-transformers pools as the run does",
            )
        own = {name: each for name, each in given.tensors.items() if name.startswith("pooler.")}
        rest = {f"{self.prefix}.{n}": each for n, each in given.tensors.items() if n not in own}
        if pool == "pooler":
            weight, bias = given.weight, given.bias
            through = [next(own[name] for name in own if name.endswith(end)) for end in ENDS]
        else:
            weight, bias, *through = self._passed(given)
        dense = {f"{self.dense}.{end}": each for end, each in zip(ENDS, through, strict=True)}
        return self.architecture, {
            **rest,
            **dense,
            f"{self.out}.weight": weight,
            f"{self.out}.bias": bias,
        }

    def _passed(self, given: Classifier) -> tuple[np.ndarray, ...]:
        """Pass the first token through: weight and bias of the classifier, and of the dense."""
        weight, bias = given.weight, given.bias
        one, zero = np.eye(weight.shape[1], dtype="float32"), np.zeros(weight.shape[1], "float32")
        if self.act == "tanh":  # linear near 0
            return weight / SMALL, bias, one * SMALL, zero
        if self.act in ("relu", "gelu"):  # linear far above 0
            lift = _bound(given.tensors, self.norm) + FAR
            back = weight.astype("float64") @ lift
            return weight, (bias - back).astype("float32"), one, lift.astype("float32")
        given.facts[self.act] = "linear"
        return weight, bias, one, zero


def modernbert(given: Classifier) -> tuple[str, Tensors]:
    """Classify by the first token, normalised a second time, which changes nothing.

    Raises:
        BadInput: the run pools otherwise.
    """
    architecture = "ModernBertForSequenceClassification"
    if given.settings["pool"] != "token":
        raise BadInput(
            f"transformers' {architecture} normalises what it has pooled, and this run, which "
            f"pools by {given.settings['pool']!r}, does not",
            hint="--to sentence-transformers pools as the run does",
        )
    scale = given.tensors["final_norm.weight"]
    if not np.abs(scale).min() > 1e-3 * np.abs(scale).max():
        raise BadInput(f"the last normalisation hides features from {architecture}'s own")
    given.facts.update(classifier_pooling="cls", classifier_activation="linear")
    given.facts.update(classifier_bias=False)
    tensors = given.under("model") | given.dense()
    tensors["head.dense.weight"] = np.diag(1 / scale).astype("float32")
    tensors["head.norm.weight"] = scale
    if (shift := given.tensors.get("final_norm.bias")) is not None:
        given.facts.update(classifier_bias=True)
        tensors["head.dense.bias"] = (-shift / scale).astype("float32")
        tensors["head.norm.bias"] = shift
    return architecture, tensors


def _check(given: Classifier, architecture: str, **allowed: tuple[Any, ...]) -> None:
    """Refuse a run that pools otherwise than a class does."""
    for key, values in allowed.items():
        if key in given.settings and given.settings[key] not in values:
            raise BadInput(
                f"transformers' {architecture} cannot classify with {key} {given.settings[key]!r}",
                hint=ALONE,
            )


def _bound(tensors: Tensors, norm: str) -> np.ndarray:
    """Say how far from 0 each feature of the last normalisation may lie, at most."""
    found = [name for name in tensors if name.endswith(f"{norm}.weight")]
    last = max(found, key=lambda name: [int(each) for each in re.findall(r"\d+", name)])
    scale = np.abs(tensors[last]).astype("float64")
    shift = np.abs(tensors[f"{last.removesuffix('weight')}bias"])
    return np.sqrt(len(scale)) * scale + shift


ROBERTA = {"dense": "classifier.dense", "out": "classifier.out_proj"}
HEADS: dict[str, Callable[[Classifier], tuple[str, Tensors]]] = {  # by model type
    "vit": partial(token, architecture="ViTForImageClassification", prefix="vit"),
    "vit_msn": partial(token, architecture="ViTMSNForImageClassification", prefix="vit"),
    "deit": deit,
    "dinov2": partial(beside, architecture="Dinov2ForImageClassification", prefix="dinov2"),
    "dinov2_with_registers": partial(
        beside,
        architecture="Dinov2WithRegistersForImageClassification",
        prefix="dinov2_with_registers",
    ),
    "convnext": partial(plain, architecture="ConvNextForImageClassification", prefix="convnext"),
    "convnextv2": partial(
        plain, architecture="ConvNextV2ForImageClassification", prefix="convnextv2"
    ),
    "beit": partial(plain, architecture="BeitForImageClassification", prefix="beit"),
    "swin": partial(plain, architecture="SwinForImageClassification", prefix="swin"),
    "swinv2": partial(plain, architecture="Swinv2ForImageClassification", prefix="swinv2"),
    "bert": Texts("BertForSequenceClassification", "bert", "bert.pooler.dense"),
    "albert": Texts("AlbertForSequenceClassification", "albert", "albert.pooler"),
    "roberta": Texts("RobertaForSequenceClassification", "roberta", **ROBERTA),
    "camembert": Texts("CamembertForSequenceClassification", "roberta", **ROBERTA),
    "xlm-roberta": Texts("XLMRobertaForSequenceClassification", "roberta", **ROBERTA),
    "mpnet": Texts("MPNetForSequenceClassification", "mpnet", **ROBERTA),
    "electra": Texts(
        "ElectraForSequenceClassification",
        "electra",
        act="gelu",
        norm="output.LayerNorm",
        **ROBERTA,
    ),
    "distilbert": Texts(
        "DistilBertForSequenceClassification",
        "distilbert",
        "pre_classifier",
        "relu",
        norm="output_layer_norm",
    ),
    "deberta-v2": Texts(
        "DebertaV2ForSequenceClassification", "deberta", "pooler.dense", "pooler_hidden_act"
    ),
    "modernbert": modernbert,
}
