"""What is measured: the cases, and the sides that take part in them."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Side:
    """A program that does a job.

    Args:
        script: in `peers/`.
        home: the environment that it runs in: "own" is zooflow's.
        warm: it finds what the side before it has stored.
        changes: what is different in its job.
    """

    script: str
    home: str = "peers"
    warm: bool = False
    changes: tuple[tuple[str, Any], ...] = ()


SIDES = {
    "zooflow": Side("zooflow_run", home="own"),
    "zooflow again": Side("zooflow_run", home="own", warm=True, changes=(("lr", 3e-3),)),
    "zooflow float32 store": Side("zooflow_run", home="own", changes=(("cache", "float32"),)),
    "zooflow uncached": Side("zooflow_run", home="own", changes=(("cache", "off"),)),
    "keras": Side("keras_fit", home="own"),
    "kerashub": Side("kerashub_fit", home="hub"),
    "timm": Side("timm_loop"),
    "fastai": Side("fastai_learner"),
    "transformers": Side("hf_trainer"),
    "transformers grouped": Side("hf_trainer", changes=(("grouped", True),)),
    "bare pass": Side("bare_forward", home="own"),
    "bare pass bfloat16": Side("bare_forward", home="own", changes=(("precision", "bfloat16"),)),
    "zooflow predicting": Side("predict_zooflow", home="own"),
    "zooflow decoding": Side("decode_zooflow", home="own"),
    "tf.data": Side("decode_tf", home="own"),
}
IMAGES = ("zooflow", "keras", "timm", "fastai")
HUB = (*IMAGES, "kerashub")
TEXTS = ("zooflow", "transformers", "transformers grouped")


@dataclass(frozen=True)
class Case:
    """A job that several sides do.

    Args:
        title: for the table.
        backbone: a name of zooflow's.
        part: what learns, in zooflow's words.
        epochs: passes over the training data.
        lr: top learning rate.
        sides: in the order in which they run; the ratios are to the first, but see `ours`.
        examples: to learn from; a quarter as many more validate.
        random: the weights are seeded chance, where the speed alone counts.
        crop: smallest part of a photo that augmentation cuts out; None for none.
        ours: the side to which the ratios are.
    """

    title: str
    backbone: str = "efficientnet_lite0.in1k"
    part: str = "head"
    epochs: int = 5
    lr: float = 1e-2
    sides: tuple[str, ...] = IMAGES
    examples: int = 2000
    random: bool = False
    crop: float | None = None
    ours: str = "zooflow"

    @property
    def texts(self) -> bool:
        """Whether its data are texts."""
        return self.backbone == MINILM


MINILM = "all-minilm-l6-v2"
RESNET, VIT = "resnet50.a1_in1k", "vit_small_patch16_224.augreg_in21k"
B0 = "efficientnet_b0.ra_in1k"
STORES = ("zooflow", "zooflow float32 store", "zooflow uncached")
BARE = ("zooflow", "bare pass", "bare pass bfloat16")
CASES = {
    "head-5": Case("Head only, 5 epochs, EfficientNet-Lite0"),
    "head-20": Case("Head only, 20 epochs, EfficientNet-Lite0", epochs=20),
    "bare": Case("Head only, 20 epochs, against one pass of the trunk", epochs=20, sides=BARE),
    "warm": Case(
        "Head only, 20 epochs, and again with another rate",
        epochs=20,
        sides=("zooflow", "zooflow again"),
        ours="zooflow again",
    ),
    "warm-vits": Case(
        "Head only, 20 epochs, and again with another rate, ViT-S",
        *(VIT, "head", 20, 1e-2, ("zooflow", "zooflow again")),
        random=True,
        ours="zooflow again",
    ),
    "stores": Case("Head only, 5 epochs, by what is stored", sides=STORES),
    "views": Case("Head only, 20 epochs, augmented: crops and flips", epochs=20, crop=0.5),
    "last-lite0": Case(
        "Last two blocks, 10 epochs, EfficientNet-Lite0", part="last 2", epochs=10, lr=1e-3
    ),
    "last-resnet50": Case(
        "Last stage, 10 epochs, ResNet-50",
        *(RESNET, "layer4", 10, 1e-3, HUB),
        examples=400,
        random=True,
    ),
    "minilm-head": Case("Head only, 5 epochs, MiniLM", MINILM, sides=TEXTS),
    "minilm-last": Case("Last two layers, 3 epochs, MiniLM", MINILM, "last 2", 3, 1e-4, TEXTS),
    "minilm-all": Case("Full tuning, 2 epochs, MiniLM", MINILM, "all", 2, 1e-4, TEXTS),
    "all-b0": Case(
        "Full tuning, 3 epochs, EfficientNet-B0", B0, "all", 3, 1e-3, HUB, examples=400, random=True
    ),
    "all-resnet50": Case(
        "Full tuning, 3 epochs, ResNet-50", RESNET, "all", 3, 1e-3, HUB, examples=200, random=True
    ),
    "all-vits": Case(
        "Full tuning, 3 epochs, ViT-S", VIT, "all", 3, 1e-4, examples=200, random=True
    ),
    "predict": Case(
        "Predicting photos, against one pass of the backbone over them in memory",
        sides=("zooflow predicting", "bare pass"),
        ours="zooflow predicting",
    ),
    "decode": Case(
        "Decoding and resizing 500 x 375 JPEGs to 224 x 224",
        sides=("zooflow decoding", "tf.data"),
        ours="zooflow decoding",
    ),
}
