"""Each card reads, says what it must, and states what the graph shows that is traced of it."""

import inspect
import re
import subprocess
import sys

import pytest

from zooflow import cards
from zooflow.cards import ImageInput
from zooflow.errors import BadInput
from zooflow.sources.address import Folder, parse
from zooflow.zoo import build
from zooflow.zoo.families import family

NAMES = cards.names()
WHOLE = """+++
name = "net.in1k"
title = "a net"
family = "resnet"
variant = "resnet18"
source = "hf://timm/resnet18.tv_in1k"

[input]
size = [224, 224]
+++

Prose.
"""
LICENSES = {
    "apache-2.0",
    "bsd-3-clause",
    "mit",
    "cc-by-nc-4.0",
    "dinov3-license",
    "fastvit-license",
    "mobileone-license",
}
SMALL = """
    bert-tiny efficientnet_lite0.in1k resnet18.tv_in1k vit_tiny_patch16_224.augreg_in21k
"""


@pytest.fixture(params=NAMES)
def card(request):
    return cards.find(request.param)


def test_a_card_bears_the_name_of_its_file():
    assert [cards.find(name).name for name in NAMES] == NAMES


def test_each_family_has_curated_backbones():
    assert {cards.find(name).family for name in NAMES} >= {"resnet", "efficientnet", "vit", "bert"}


def test_a_card_says_where_it_comes_from(card):
    assert card.license in LICENSES
    assert not isinstance(parse(card.source), Folder)
    assert not card.paper or re.fullmatch(r"arXiv:\d{4}\.\d{4,5}", card.paper)
    assert card.trained_on
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in card.sha256.values())
    assert card.sha256 or not card.source.startswith("wheel://"), "a wheel that no hash pins"


def test_a_card_tells_people_what_it_is_good_for(card):
    assert len(card.prose.split()) >= 10
    assert 10 < len(card.title) <= 80
    assert max(map(len, card.prose.splitlines())) <= 100


def test_a_card_takes_an_input_that_can_be_made(card):
    given = card.input
    if not isinstance(given, ImageInput):
        assert 0 < given.length <= 8192
        return
    assert all(32 <= side <= 1024 for side in given.size)
    assert 0.8 <= given.crop <= 1
    assert given.crop_mode in ("center", "squash", "border")
    assert given.interpolation in ("bicubic", "bilinear", "nearest", "lanczos")
    assert len(given.mean) == len(given.std) == 3
    assert all(0 <= value < 1 for value in given.mean)
    assert all(0 < value <= 1 for value in given.std)


def test_a_card_names_what_its_family_traces(card):
    kind = family(card.family)
    known = inspect.signature(getattr(kind, card.family)).parameters
    assert card.variant in kind.VARIANTS or (not card.variant and card.arguments)
    assert card.arguments.keys() <= known.keys()
    assert not card.spelling or card.spelling in getattr(kind, "SPELLINGS", {})


def test_a_card_states_what_its_graph_shows(card):
    assert card.parameters > 0
    assert len(card.blocks) == len(set(card.blocks)) > 1
    assert all(re.fullmatch(family(card.family).BLOCK, block) for block in card.blocks)
    if isinstance(card.input, ImageInput):
        assert all(side and side > 0 for side in card.features)
    else:
        assert card.features[0] is None, "texts have any length"


@pytest.mark.parametrize("name", SMALL.split())
def test_the_facts_of_a_card_are_the_facts_of_its_graph(name):
    card = cards.find(name)
    backbone = build(card)
    assert backbone.whole.count_params() == card.parameters
    assert backbone.features.shape[1:] == card.features
    assert backbone.blocks == card.blocks


BROKEN = {
    "no lines of +++": (WHOLE.replace("+++", ""), "do not stand between two lines of \\+++"),
    "an open end": ("+++\nname = 'a'\n", "do not stand between two lines of \\+++"),
    "words before the facts": ("# Net\n" + WHOLE, "do not stand between two lines of \\+++"),
    "no TOML": (WHOLE.replace('"a net"', "a net"), "line 2"),
    "a missing fact": (WHOLE.replace("family", "famly"), "it does not state family"),
    "an unknown fact": ("+++\nlicence = 'mit'\n" + WHOLE[4:], "it states licence, which no card"),
    "a missing input": (WHOLE.split("[input]")[0] + "+++\n", "it does not state input"),
    "an unknown input": (WHOLE.replace("size", "sise"), "its input states sise, which no card"),
    "an input of one word": (
        WHOLE.replace("\n[input]\nsize = [224, 224]", "input = 224"),
        "its input is 224",
    ),
    "other bytes than UTF-8": (b"\xff\xfe" + WHOLE.encode(), "utf-8"),
}


@pytest.mark.parametrize(("text", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_card_is_refused_in_one_sentence(text, reason, tmp_path):
    file = tmp_path / "net.in1k.md"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BadInput, match=reason) as raised:
        cards.read(file)
    assert str(raised.value).startswith("net.in1k.md is not a model card: ")
    assert "\n" not in str(raised.value)


def test_a_whole_card_reads(tmp_path):
    (tmp_path / "net.in1k.md").write_text(WHOLE)
    card = cards.read(tmp_path / "net.in1k.md")
    assert (card.name, card.input, card.prose) == ("net.in1k", ImageInput(), "Prose.")


def test_listing_all_cards_imports_no_ml_library():
    program = (
        "import sys; from zooflow import cards; print(len([cards.find(n) for n in cards.names()]));"
        "print({'keras', 'numpy', 'tensorflow', 'jax', 'torch', 'PIL'} & sys.modules.keys())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split("\n")[:2] == [str(len(NAMES)), "set()"]
