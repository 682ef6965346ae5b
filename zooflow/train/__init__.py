"""From a recipe to a run."""

from .finetune import Plan, finetune, plan
from .watch import Listener, Silence

__all__ = ["Listener", "Plan", "Silence", "finetune", "plan"]
