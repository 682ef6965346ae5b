"""What is listed is what timm publishes; what is not published is unknown."""

import pytest

from zooflow import cards, catalogue
from zooflow.backbones.variants import families
from zooflow.errors import BadInput
from zooflow.names import locate


def test_all_that_is_curated_or_a_tag_of_a_known_family_is_listed_once():
    names = [entry.name for entry in catalogue.entries()]
    assert names == sorted(set(names))
    assert {*cards.names(), *catalogue.tags()} == set(names)
    assert {entry.family for entry in catalogue.entries()} <= set(families().values())


def test_figures_are_those_of_timm_and_what_it_does_not_say_is_unknown():
    known = {entry.name: entry for entry in catalogue.entries()}
    resnet = known["resnet50.a1_in1k"]
    assert (resnet.top1, resnet.gmacs, resnet.parameters) == (80.382, 4.11, 23_561_152)
    assert known["vit_small_patch14_dinov2.lvd142m"].top1 is None  # it has no classifier
    assert {e.license for e in known.values() if not e.license} == set()


def test_cards_agree_with_timm_where_both_speak():
    for name in set(cards.names()) & set(catalogue.tags()):
        card, row = cards.find(name), catalogue.tags()[name]
        assert card.license == row["license"], name
        assert card.source == catalogue.source(name), name
        assert card.parameters == int(row["parameters"]), name


def test_a_bare_architecture_means_its_default_tag():
    assert locate("resnet26") == "hf://timm/resnet26.bt_in1k"
    assert locate("resnet50") == cards.find("resnet50.a1_in1k")
    assert locate("efficientnet_lite0") == cards.find("efficientnet_lite0.in1k")


def test_a_tag_may_share_the_files_of_another():
    tag = "vit_base_patch32_clip_quickgelu_224.openai"
    assert catalogue.source(tag) == "hf://timm/vit_base_patch32_clip_224.openai"


@pytest.mark.parametrize(
    ("license", "wanted", "held"),
    [
        ("mit", "", True),
        ("mit", "commercial", True),
        ("mit", "apache-2.0", False),
        ("cc-by-nc-4.0", "commercial", False),
        ("unknown", "commercial", False),
        ("unknown", "", True),
        ("dinov3-license", "commercial", False),
    ],
)
def test_a_licence_is_held_against_what_is_wanted(license, wanted, held):
    assert catalogue.allowed(license, wanted) is held
    if not held:
        with pytest.raises(BadInput, match=f"the licence of it is {license}"):
            catalogue.check_license("it", license, wanted)
