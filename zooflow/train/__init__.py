"""From a recipe to a run."""

from .clock import Clock
from .finetune import finetune, resume
from .listener import Listener, Silence
from .plan import Plan, plan
from .reproduce import Verdict, reproduce

__all__ = [
    "Clock",
    "Listener",
    "Plan",
    "Silence",
    "Verdict",
    "finetune",
    "plan",
    "reproduce",
    "resume",
]
