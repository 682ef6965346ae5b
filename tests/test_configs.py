"""Cards come from the config.json that timm or transformers wrote, or are refused by name."""

import json
from pathlib import Path

import numpy as np
import pytest

from zooflow import zoo
from zooflow.backbones.variants import table
from zooflow.checkpoints import save_safetensors
from zooflow.convert import drain
from zooflow.errors import BadCheckpoint, UnknownName
from zooflow.zoo.configs import card_from_folder
from zooflow.zoo.families import family

TEXTS = (
    *("albert", "bert", "deberta_v2", "distilbert", "electra", "modernbert", "mpnet", "roberta"),
)
GOLDENS = {
    name: json.loads((Path(__file__).parent / "golden" / f"{name}.json").read_text("utf-8"))
    for name in TEXTS
}
RESNET = {  # as timm pushes it to the hub
    "architecture": "resnet18",
    "num_classes": 1000,
    "num_features": 512,
    "pretrained_cfg": {
        "tag": "tv_in1k",
        "custom_load": False,
        "input_size": [3, 224, 224],
        "fixed_input_size": False,
        "interpolation": "bilinear",
        "crop_pct": 0.95,
        "crop_mode": "center",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.2, 0.2, 0.2],
        "num_classes": 1000,
        "pool_size": [7, 7],
        "first_conv": "conv1",
        "classifier": "fc",
        "license": "bsd-3-clause",
        "paper_ids": "1512.03385",
    },
}
VIT = {
    "architecture": "vit_tiny_patch16_224",
    "num_classes": 21843,
    "global_pool": "token",
    "pretrained_cfg": {"input_size": [3, 224, 224], "crop_pct": 0.9, "license": "apache-2.0"},
}
MINILM = {  # as transformers 4 wrote it, with keys that transformers 5 has no more
    "_name_or_path": "nreimers/MiniLM-L6-H384-uncased",
    "architectures": ["BertModel"],
    "gradient_checkpointing": False,
    "hidden_size": 384,
    "intermediate_size": 1536,
    "model_type": "bert",
    "num_hidden_layers": 6,
    "pad_token_id": 0,
    "position_embedding_type": "absolute",
    "transformers_version": "4.8.2",
    "use_cache": True,
}
TINY = {
    "model_type": "bert",
    "vocab_size": 20,
    "hidden_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "max_position_embeddings": 12,
}


@pytest.fixture
def card(tmp_path):
    def of(config, **files):
        (tmp_path / "config.json").write_text(json.dumps(config), "utf-8")
        for name, content in files.items():
            file = tmp_path / name.replace("__", "/")
            file.parent.mkdir(exist_ok=True)
            file.with_suffix(".json").write_text(json.dumps(content), "utf-8")
        return card_from_folder(tmp_path, name="given", source="given")

    return of


def test_a_config_of_timm_gives_network_preprocessing_and_licence(card):
    found = card(RESNET)
    assert (found.family, found.variant, found.arguments) == ("resnet", "resnet18", {})
    assert (found.license, found.paper) == ("bsd-3-clause", "arXiv:1512.03385")
    assert (found.input.size, found.input.crop) == ((224, 224), 0.95)
    assert (found.input.interpolation, found.input.crop_mode) == ("bilinear", "center")
    assert (found.input.mean, found.input.std) == ((0.5, 0.5, 0.5), (0.2, 0.2, 0.2))


def test_a_config_of_timm_may_omit_what_is_usual(card):
    found = card(VIT)
    assert (found.family, found.variant) == ("vit", "vit_tiny_patch16_224")
    assert (found.input.interpolation, found.input.mean) == ("bicubic", (0.485, 0.456, 0.406))


def test_a_config_of_transformers_may_omit_its_defaults(card):
    found = card(MINILM)
    assert (found.family, found.variant, found.input.length) == ("bert", "", 512)
    assert found.arguments == {
        "vocab_size": 30522,
        "hidden_size": 384,
        "num_hidden_layers": 6,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
        "hidden_dropout_prob": 0.1,
        "attention_probs_dropout_prob": 0.1,
    }


SMALLER = {"num_hidden_layers", "n_layers", "vocab_size", "layer_types"}  # where goldens are brief


@pytest.mark.parametrize(("kind", "variant"), [(kind, v) for kind in TEXTS for v in table(kind)])
def test_a_variant_has_the_numbers_of_transformers(kind, variant):
    said = family(kind).arguments(GOLDENS[kind][variant]["config"])
    spoken = family(kind).config(table(kind)[variant])
    ours = family(kind).arguments(spoken)
    differing = {key for key in ours if ours[key] != said[key]} - {"pool"}
    assert differing <= SMALLER
    assert kind != "bert" or not differing


@pytest.mark.parametrize("kind", TEXTS)
def test_a_config_is_written_as_it_was_read(kind):
    for golden in GOLDENS[kind].values():
        if isinstance(golden, dict) and "config" in golden:
            arguments = family(kind).arguments(golden["config"])
            assert family(kind).arguments(family(kind).config(arguments)) == arguments


@pytest.mark.parametrize(
    ("files", "pool"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "mean"),
        ({"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}, "token"),
        ({"pooling_mode": "mean", "include_prompt": True}, "mean"),
        ({"pooling_mode": "cls", "include_prompt": True}, "token"),
        ({"pooling_mode": "mean", "include_prompt": False}, "mean"),  # there are no prompts
        ({"pooling_mode_max_tokens": True}, "max"),
        ({"pooling_mode_mean_sqrt_len_tokens": True}, "sqrt"),
        ({"pooling_mode_weightedmean_tokens": True}, "weighted"),
        ({"pooling_mode_lasttoken": True}, "last"),
        ({"pooling_mode": ["mean", "cls"]}, "mean+token"),
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True}, "token+mean"),
    ],
)
def test_sentence_transformers_says_how_to_pool(card, files, pool):
    assert card(TINY, **{"1_Pooling__config": files}).arguments["pool"] == pool


def test_a_way_to_pool_that_is_unknown_is_refused(card):
    with pytest.raises(BadCheckpoint, match="pools by pooling_mode_min_tokens; zooflow by cls"):
        card(TINY, **{"1_Pooling__config": {"pooling_mode_min_tokens": True}})


POOLING = {"pooling_mode": "mean"}
DENSE = {
    "out_features": 3,
    "bias": False,
    "activation_function": "torch.nn.modules.linear.Identity",
}


def modules(*kinds: str) -> list[dict[str, str]]:
    return [
        {"type": f"sentence_transformers.models.{kind}", "path": f"{i}_{kind}" if i else ""}
        for i, kind in enumerate(kinds)
    ]


def test_what_follows_pooling_is_honoured(card):
    chain = modules("Transformer", "Pooling", "Dense", "Dropout", "Normalize")
    files = {"modules": chain, "1_Pooling__config": POOLING, "2_Dense__config": DENSE}
    dense = {"name": "2_Dense", "width": 3, "bias": False, "activation": "linear"}
    assert card(TINY, **files).arguments["pool"] == ["mean", dense, "normalize"]


@pytest.mark.parametrize(
    ("chain", "files", "message"),
    [
        (("Transformer", "LSTM"), {}, "names a module LSTM in '1_LSTM'"),
        (("Transformer", "Normalize"), {}, "names no module that pools first"),
        (("WordEmbeddings",), {}, "names a module WordEmbeddings"),
        (("A", "Transformer"), {}, "names a module A"),
        (
            ("Transformer", "Dense"),
            {"1_Dense__config": DENSE | {"activation_function": "evil.Act"}},
            "activation_function to 'evil.Act'",
        ),
        (
            ("Transformer", "Dense"),
            {"1_Dense__config": DENSE | {"use_residual": True}},
            "use_residual to True",
        ),
        (
            ("Transformer", "Dense"),
            {"1_Dense__config": DENSE | {"module_input_name": "token_embeddings"}},
            "module_input_name to 'token_embeddings'",
        ),
        (("Transformer", "Dense"), {"1_Dense__config": {}}, "out_features to None"),
        (
            ("Transformer",),
            {
                "config_sentence_transformers": {
                    "prompts": {"query": "query: "},
                    "default_prompt_name": "query",
                }
            },
            "puts 'query: ' before every text",
        ),
        (
            ("Transformer", "Pooling"),
            {
                "config_sentence_transformers": {"prompts": {"query": "query: ", "document": ""}},
                "1_Pooling__config": {"pooling_mode": "mean", "include_prompt": False},
            },
            "keeps the prompts of config_sentence_transformers.json out",
        ),
    ],
)
def test_a_module_that_is_not_traced_is_refused(card, chain, files, message):
    with pytest.raises(BadCheckpoint, match=message):
        card(TINY, modules=modules(*chain), **files)


@pytest.mark.parametrize(
    ("files", "length"),
    [
        ({}, 12),
        ({"sentence_bert_config": {"max_seq_length": 7}}, 7),
        ({"sentence_bert_config": {"max_seq_length": None}}, 12),
        ({"tokenizer_config": {"model_max_length": 1e30}}, 12),
        ({"tokenizer_config": {"model_max_length": 9}, "sentence_bert_config": {}}, 9),
    ],
)
def test_texts_are_as_long_as_every_file_allows(card, files, length):
    assert card(TINY, **files).input.length == length


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"position_embedding_type": "relative_key"}, "to 'relative_key'; .* takes 'absolute'"),
        ({"is_decoder": True}, "sets is_decoder to True; .* takes false"),
        ({"add_cross_attention": True}, "sets add_cross_attention to True"),
        ({"pruned_heads": {"0": [1]}}, "sets pruned_heads to"),
        ({"hidden_act": "laplace"}, "sets hidden_act to 'laplace'; .* takes one of relu, "),
        ({"hidden_act": ["gelu"]}, "sets hidden_act to"),
        ({"hidden_size": "8"}, "sets hidden_size to '8'; .* a whole number above 0"),
        ({"num_hidden_layers": -1}, "sets num_hidden_layers to -1"),
        ({"vocab_size": True}, "sets vocab_size to True"),
        ({"type_vocab_size": 0}, "sets type_vocab_size to 0"),
        ({"layer_norm_eps": None}, "sets layer_norm_eps to None; .* a number above 0"),
        ({"hidden_dropout_prob": 1}, "sets hidden_dropout_prob to 1; .* from 0 to below 1"),
        ({"num_attention_heads": 3}, "hidden_size to 8, which num_attention_heads, 3, does not"),
        ({"embedding_size": 4}, "sets embedding_size to 4, which zooflow's bert does not know"),
        ({"auto_map": {"AutoModel": "evil.Model"}}, "sets auto_map to"),
        ({"quantization_config": {"bits": 4}}, "sets quantization_config to"),
    ],
)
def test_a_setting_that_is_not_traced_is_refused_by_name(card, setting, message):
    with pytest.raises(BadCheckpoint, match=message):
        card(TINY | setting)


@pytest.mark.parametrize(
    ("kind", "setting", "message"),
    [
        ("distilbert", {"dim": 7, "n_heads": 2}, "dim to 7, which n_heads, 2, does not divide"),
        ("distilbert", {"layer_norm_eps": 1e-5}, "sets layer_norm_eps to 1e-05"),
        ("roberta", {"pad_token_id": None}, "sets pad_token_id to None; .* a whole number"),
        ("roberta", {"position_embedding_type": "relative_key_query"}, "relative_key_query"),
        ("camembert", {"is_decoder": True}, "sets is_decoder to True"),
        ("xlm-roberta", {"hidden_act": "laplace"}, "sets hidden_act to 'laplace'"),
        ("electra", {"embedding_size": 0}, "sets embedding_size to 0"),
        ("mpnet", {"relative_attention_num_buckets": 8}, "takes a whole number from 32"),
        ("mpnet", {"type_vocab_size": 2}, "sets type_vocab_size to 2, which .* does not know"),
        ("albert", {"num_hidden_groups": 13}, "num_hidden_groups to 13, more than"),
        ("albert", {"inner_group_num": 0}, "sets inner_group_num to 0"),
        ("deberta-v2", {"pos_att_type": "p2p"}, "sets pos_att_type to 'p2p'"),
        ("deberta-v2", {"relative_attention": True}, "takes both or neither"),
        ("deberta-v2", {"conv_kernel_size": 4}, "sets conv_kernel_size to 4; .* an odd number"),
        ("deberta-v2", {"conv_groups": 2}, "sets conv_groups to 2"),
        ("deberta-v2", {"z_steps": 2}, "sets z_steps to 2"),
        ("deberta-v2", {"attention_head_size": 32}, "attention_head_size to 32; .* takes 64"),
        ("deberta-v2", {"pooler_hidden_size": 32}, "pooler_hidden_size to 32"),
        ("deberta-v2", {"norm_rel_ebd": "batch"}, "sets norm_rel_ebd to 'batch'"),
        ("modernbert", {"classifier_pooling": "max"}, "sets classifier_pooling to 'max'"),
        ("modernbert", {"layer_types": ["full_attention"]}, "lists 1 layer_types of 22 layers"),
        ("modernbert", {"rope_scaling": {"factor": 2}}, "sets rope_scaling to"),
        ("modernbert", {"head_dim": 32}, "sets head_dim to 32"),
        ("modernbert", {"num_attention_heads": 256}, "heads of 3 channels, an odd number"),
        (
            "modernbert",
            {"rope_parameters": {"full_attention": {"rope_type": "yarn", "factor": 2}}},
            "plain rotary positions",
        ),
    ],
)
def test_a_setting_of_other_encoders_is_refused_by_name(card, kind, setting, message):
    with pytest.raises(BadCheckpoint, match=message):
        card({"model_type": kind} | setting)


def test_modernbert_speaks_as_transformers_4_and_5_write():
    old = {"global_attn_every_n_layers": 2, "global_rope_theta": 500.0, "local_rope_theta": 20.0}
    rope = {
        "full_attention": {"rope_type": "default", "rope_theta": 500.0},
        "sliding_attention": {"rope_type": "default", "rope_theta": 20.0},
    }
    types = ["full_attention", "sliding_attention"]
    new = {"layer_types": types, "rope_parameters": rope}
    both = [family("modernbert").arguments({"num_hidden_layers": 2} | form) for form in (old, new)]
    assert both[0] == both[1]
    assert both[0]["global_rope_theta"] == 500.0


@pytest.mark.parametrize(
    ("config", "length"),
    [
        ({"model_type": "roberta", "max_position_embeddings": 514}, 512),
        ({"model_type": "mpnet", "max_position_embeddings": 514}, 512),
        ({"model_type": "modernbert"}, 8192),
    ],
)
def test_positions_of_padding_do_not_count_as_length(card, config, length):
    assert card(config).input.length == length


def test_an_unknown_model_type_suggests_near_ones(card):
    with pytest.raises(UnknownName, match="no model type named 'bertt'") as raised:
        card({"model_type": "bertt"})
    assert str(raised.value.hint).startswith("did you mean bert or ")


@pytest.mark.parametrize("config", [{"model_type": None}, {"architecture": 18}, {"hidden_size": 8}])
def test_a_config_that_names_no_network_is_refused(card, config):
    with pytest.raises(BadCheckpoint, match="neither a timm architecture nor a model_type"):
        card(config)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist"),
        ("{", "is not JSON"),
        ("[1]", "holds no JSON object"),
        ("\udcff", "is not JSON"),
    ],
)
def test_a_config_that_cannot_be_read_is_named(tmp_path, content, message):
    if content is not None:
        (tmp_path / "config.json").write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(BadCheckpoint, match=f"config.json {message}"):
        card_from_folder(tmp_path, name="given", source="given")


@pytest.fixture
def loaded(card, tmp_path):
    """Load a tiny BERT whose tensors were renamed on the way."""

    def of(rename, extra=(), without=r"$^", pool=None):
        backbone = zoo.build(card(TINY))
        tensors = {
            name: np.random.default_rng(0).random(t.shape, "float32")
            for name, t in drain(backbone.whole).items()
        }
        kept = {name: t for name, t in tensors.items() if not name.startswith(without)}
        spare = {name: np.zeros(1, "float32") for name in extra}
        renamed = {rename(name): tensor for name, tensor in kept.items()} | spare
        save_safetensors(renamed, tmp_path / "model.safetensors")
        if pool:
            folder = tmp_path / "1_Pooling"
            folder.mkdir()
            (folder / "config.json").write_text(json.dumps({"pooling_mode": pool}), "utf-8")
        found = zoo.load(str(tmp_path))
        for name, tensor in drain(found.whole).items():
            assert (tensor == tensors[name]).all()
        return found

    return of


def old(name: str) -> str:
    name = name.replace("LayerNorm.weight", "LayerNorm.gamma")
    return "bert." + name.replace("LayerNorm.bias", "LayerNorm.beta")


HEADS = ("cls.predictions.bias", "cls.seq_relationship.weight", "classifier.weight")


@pytest.mark.parametrize(
    ("rename", "extra", "without", "pool", "expected"),
    [
        (str, (), "-", None, "pooler"),
        (str, ("embeddings.position_ids",), "-", None, "pooler"),
        (old, (*HEADS, "bert.embeddings.position_ids"), "-", None, "pooler"),
        (old, HEADS, "pooler.", None, "token"),
        (str, ("qa_outputs.bias",), "pooler.", "cls", "token"),
        (str, (), "-", "mean", "mean"),
    ],
)
def test_bert_loads_in_every_spelling_and_pools_as_it_can(
    loaded, rename, extra, without, pool, expected
):
    assert loaded(rename, extra, without, pool).card.arguments.get("pool", "pooler") == expected
