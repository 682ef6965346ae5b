"""What transformers' config.json says of a network: each setting is honoured or refused."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from ...errors import BadCheckpoint
from ..parts import ACTIVATIONS

Test = tuple[str, Callable[[Any], bool]]
COUNT: Test = ("a whole number above 0", lambda x: type(x) is int and x > 0)
INDEX: Test = ("a whole number", lambda x: type(x) is int and x >= 0)
NONE_OR_COUNT: Test = ("a whole number above 0", lambda x: x is None or COUNT[1](x))
RATE: Test = ("a number from 0 to below 1", lambda x: type(x) in (int, float) and 0 <= x < 1)
EPSILON: Test = ("a number above 0", lambda x: type(x) in (int, float) and x > 0)
ACT: Test = (f"one of {', '.join(ACTIVATIONS)}", lambda x: isinstance(x, str) and x in ACTIVATIONS)
TRUTH: Test = ("true or false", lambda x: type(x) is bool)
OFF: Test = ("false", lambda x: not x)
ABSOLUTE: Test = ("'absolute'", lambda x: x == "absolute")
Settings = Mapping[str, tuple[Any, Test]]  # a key, transformers' default, and what is allowed

# None of these changes what the network computes of a text.
BOOKS = """
    _name_or_path name_or_path model_type architectures transformers_version dtype torch_dtype
    torchscript use_bfloat16 gradient_checkpointing initializer_range chunk_size_feed_forward
    attn_implementation _attn_implementation_autoset _commit_hash tf_legacy_loss xla_device
    output_attentions output_hidden_states output_past return_dict use_cache
    directionality pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers
    pooler_size_per_head pooler_type
"""
HEADS = """
    classifier_dropout id2label label2id num_labels _num_labels problem_type finetuning_task
    task_specific_params tie_word_embeddings tie_encoder_decoder sentence_transformers
    sbert_ce_default_activation_function
"""
GENERATION = """
    pad_token_id bos_token_id eos_token_id sep_token_id cls_token_id mask_token_id unk_token_id
    decoder_start_token_id prefix cross_attention_hidden_size
    max_length min_length do_sample early_stopping num_beams num_beam_groups diversity_penalty
    temperature top_k top_p typical_p repetition_penalty length_penalty no_repeat_ngram_size
    encoder_no_repeat_ngram_size encoder_repetition_penalty bad_words_ids num_return_sequences
    output_scores return_dict_in_generate forced_bos_token_id forced_eos_token_id
    remove_invalid_values exponential_decay_length_penalty suppress_tokens begin_suppress_tokens
    epsilon_cutoff eta_cutoff
"""
IGNORED = set((BOOKS + HEADS + GENERATION).split())


def settings(
    config: Mapping[str, Any], known: Settings, *, kind: str, ignored: Collection[str] = ()
) -> dict[str, Any]:
    """Read the settings of a network.

    Args:
        config: as the file says it; what it leaves out is transformers' default.
        known: the settings that change what the network computes.
        kind: of network, for messages.
        ignored: keys beyond `IGNORED` that change nothing that zooflow computes.

    Returns:
        A value for every known key.

    Raises:
        BadCheckpoint: a key that is not known, or a value that is not allowed.
    """
    if unknown := sorted(config.keys() - known.keys() - IGNORED - set(ignored)):
        raise BadCheckpoint(
            f"config.json sets {unknown[0]} to {config[unknown[0]]!r:.80}, which zooflow's {kind} "
            "does not know",
            hint=f"remove it there if the network is a plain {kind} nevertheless",
        )
    values = {key: config.get(key, default) for key, (default, _) in known.items()}
    for key, (_, (allowed, test)) in known.items():
        if not test(values[key]):
            raise BadCheckpoint(
                f"config.json sets {key} to {values[key]!r:.80}; zooflow's {kind} takes {allowed}"
            )
    return values


def written(arguments: Mapping[str, Any], known: Settings, *, model_type: str) -> dict[str, Any]:
    """Write the settings of a network as transformers' config.json: the inverse of `settings`.

    Args:
        arguments: what the network is traced with; what they leave out is the default.
        known: the settings that they may name.
        model_type: transformers' word for the network.
    """
    values = {key: arguments.get(key, default) for key, (default, _) in known.items()}
    return {"model_type": model_type, **values}


def check_heads(
    width: int, heads: int, named: tuple[str, str] = ("hidden_size", "num_attention_heads")
) -> None:
    """Refuse a width that its heads do not divide.

    Args:
        width: of a token.
        heads: parts of it.
        named: what transformers calls both.

    Raises:
        BadCheckpoint: with the names that transformers gives both.
    """
    if width % heads:
        raise BadCheckpoint(
            f"config.json sets {named[0]} to {width}, which {named[1]}, {heads}, does not divide"
        )
