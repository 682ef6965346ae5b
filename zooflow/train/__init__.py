"""From a recipe to a run."""

from .clock import Clock
from .finetune import Plan, finetune, plan
from .watch import Listener, Silence

__all__ = ["Clock", "Listener", "Plan", "Silence", "finetune", "plan"]
