"""The optimizer of a phase: AdamW, a linear warm-up, a cosine down to zero."""

import keras
from keras.optimizers import AdamW
from keras.optimizers.schedules import CosineDecay

from ..recipe import Phase
from .fused_adamw import FusedAdamW

CLIP = 1.0  # largest norm of all gradients together


def optimizer(phase: Phase, variables: list[keras.Variable], *, steps: int) -> AdamW:
    """Make the optimizer of a phase.

    Weight decay spares norms, biases, tokens and positions, as is usual since BERT.

    Paper: Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2017. arXiv:1711.05101

    Args:
        phase: its rates.
        variables: those that learn.
        steps: of the whole phase.
    """
    warmup = round(phase.warmup * steps)
    schedule = CosineDecay(
        phase.lr / (warmup + 1),
        decay_steps=max(1, steps - warmup),
        warmup_target=phase.lr if warmup else None,
        warmup_steps=warmup,
    )
    kind = FusedAdamW if keras.backend.backend() == "tensorflow" else AdamW
    made = kind(schedule, weight_decay=phase.weight_decay, global_clipnorm=CLIP)
    spared = [v for v in variables if len(v.shape) < 2 or v.name == "parameter"]
    if spared:
        made.exclude_from_weight_decay(var_list=spared)
    made.build(variables)  # else TensorFlow traces the first step twice
    return made
