"""Ranking: which backbone for these data, by what their frozen features tell of the labels."""

from .candidates import Ranked
from .rank import rank
from .scores import Scores

__all__ = ["Ranked", "Scores", "rank"]
