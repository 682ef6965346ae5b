"""Judging answers: scores and their intervals, calibration, comparison, abstaining."""

from .abstain import Abstention, Threshold, abstain, find_threshold
from .calibration import Bin, Calibration, calibrate, calibration_error, probabilities, reliability
from .compare import Behind, Standing, compare, verdict
from .scores import TITLES, LabelScore, Scores, score
from .validation import Validation, read_validation

__all__ = [
    "TITLES",
    "Abstention",
    "Behind",
    "Bin",
    "Calibration",
    "LabelScore",
    "Scores",
    "Standing",
    "Threshold",
    "Validation",
    "abstain",
    "calibrate",
    "calibration_error",
    "compare",
    "find_threshold",
    "probabilities",
    "read_validation",
    "reliability",
    "score",
    "verdict",
]
