"""The optimizer of a phase: its kind, its rates, what it clips and what it gathers."""

import re
from typing import Any

import keras
from keras.optimizers import SGD, AdamW, Lion, Muon, Optimizer

from ..errors import BadRecipe
from ..phase import Phase
from ..zoo import Backbone
from .fused_adamw import Dense, FusedAdamW
from .rates import Graded, decays, factors
from .schedule import schedule

KINDS: dict[str, type[Optimizer]] = {"adamw": AdamW, "sgd": SGD, "lion": Lion, "muon": Muon}


def optimizer(
    phase: Phase,
    variables: list[keras.Variable],
    *,
    steps: int,
    backbone: Backbone | None = None,
) -> Optimizer:
    """Make the optimizer of a phase.

    Weight decay spares norms, biases, tokens and positions, as is usual since BERT. The norm of
    all gradients is limited after those of `accumulate` batches are averaged.

    Papers:
        Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017. arXiv:1711.05101
        Chen et al., Symbolic Discovery of Optimization Algorithms, 2023. arXiv:2302.06675 (Lion)
        Liu et al., Muon is Scalable for LLM Training, 2025. arXiv:2502.16982

    Args:
        phase: its rates.
        variables: those that learn.
        steps: batches of the whole phase.
        backbone: what they belong to, but for the head's; None where all learn at one rate.

    Raises:
        BadRecipe: the phase has too few batches to move the weights even once.
    """
    if phase.optimizer == "lbfgs":
        return SGD()  # counts the epochs; the steps are scikit-learn's
    if steps < phase.gathered:
        raise BadRecipe(
            f"the phase has {steps} batches and accumulates {phase.gathered}: "
            "its weights would never move",
            hint="lower --accumulate or --batch, or raise --epochs",
        )
    rates = factors(phase, variables, backbone) if backbone else [1.0] * len(variables)
    kind = _kind(phase.optimizer, graded=set(rates) != {1.0})
    made = kind(
        schedule(phase, steps // phase.gathered),
        weight_decay=phase.weight_decay,
        global_clipnorm=phase.clip or None,
        gradient_accumulation_steps=phase.gathered if phase.gathered > 1 else None,
        use_ema=phase.ema > 0,
        ema_momentum=phase.ema ** (1 / phase.gathered),  # the average moves with each batch
        **_settings(phase, variables, backbone),
    )
    if isinstance(made, Graded):
        made.factors = rates
    if spared := [variable for variable in variables if not decays(variable)]:
        made.exclude_from_weight_decay(var_list=spared)
    made.build(variables)  # else TensorFlow traces the first step twice
    return made


def _kind(name: str, *, graded: bool) -> type[Optimizer]:
    """Find the class of an optimizer, or make it."""
    kind: Any = type(KINDS[name]())  # PyTorch's has a fast path that a class derived here lacks
    if keras.backend.backend() == "tensorflow":
        kind = FusedAdamW if kind is AdamW else type(kind.__name__, (Dense, kind), {})
    return type(f"Graded{kind.__name__}", (Graded, kind), {}) if graded else kind


def _settings(
    phase: Phase, variables: list[keras.Variable], backbone: Backbone | None
) -> dict[str, Any]:
    """Give what only one kind takes."""
    if phase.optimizer == "sgd":
        return {"momentum": 0.9, "nesterov": True}
    if phase.optimizer == "muon":  # is for matrices that lead from features to features
        inside = {id(weight) for weight in backbone.whole.weights} if backbone else set()
        others = [
            re.escape(variable.path)
            for variable in variables
            if id(variable) not in inside or not re.search("kernel", variable.name)
        ]
        return {
            "adam_weight_decay": phase.weight_decay,
            "exclude_layers": [f"^({'|'.join(others)})$"] if others else [],
        }
    return {}
