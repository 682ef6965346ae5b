"""From a recipe to a run."""

from .board import Board
from .clock import Clock
from .curves import draw_rates
from .find_rate import Rates, find_rate
from .finetune import finetune, resume
from .listener import Listener, Silence
from .plan import Plan, plan
from .reproduce import Verdict, reproduce

__all__ = [
    "Board",
    "Clock",
    "Listener",
    "Plan",
    "Rates",
    "Silence",
    "Verdict",
    "draw_rates",
    "find_rate",
    "finetune",
    "plan",
    "reproduce",
    "resume",
]
