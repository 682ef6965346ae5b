"""Tasks: the kinds of question that a model answers, one file each."""

from .classify import Classify

__all__ = ["Classify"]
