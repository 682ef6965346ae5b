"""Where the time goes until the first step is taken."""

import time


class Clock:
    """A stopwatch with laps.

    Args:
        began: when the work began, by `time.time`; now where it is not said.
    """

    def __init__(self, began: float | None = None):
        self.began = self.last = began or time.time()
        self.laps: dict[str, float] = {}

    def lap(self, what: str) -> None:
        """Say what the time since the last lap went into."""
        now = time.time()
        self.laps[what] = self.laps.get(what, 0) + now - self.last
        self.last = now

    def __str__(self) -> str:
        parts = ", ".join(f"{what} {seconds:.1f} s" for what, seconds in self.laps.items())
        return f"first step after {self.last - self.began:.1f} s: {parts}"


def duration(seconds: float) -> str:
    """Say a time as people do: "0.3 s", "41 s", "1 min 12 s"."""
    if seconds < 1:
        return f"{seconds:.1g} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
