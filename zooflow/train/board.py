"""Event files for TensorBoard, made from the records of a run."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from keras import ops

from ..backend import without
from ..fresh import check_board
from ..recipe import recipe_of
from .listener import Listener
from .records import losses, rows
from .schedule import schedule


class Board:
    """A listener that writes event files into a run's tensorboard/, and passes everything on.

    It begins with all that metrics.jsonl holds: after a resume no epoch stands there twice. Use it
    in a `with` block, which closes the files.

    Args:
        run: its folder.
        listener: whom it passes things on to.

    Raises:
        BadInput: tensorboardX is not installed.
    """

    def __init__(self, run: Path, listener: Listener):
        check_board()
        self.run, self.listener = run, listener
        self.say, self.step = listener.say, listener.step
        self.writers: dict[str, Any] = {}
        self.epochs = self.steps = 0  # written

    def __enter__(self) -> "Board":
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self.writers.values():
            writer.close()

    def epoch(self, row: Mapping[str, Any]) -> None:
        """Pass the epoch on, and write what is not yet written."""
        self.listener.epoch(row)
        new = zip(rows(self.run, "metrics"), rows(self.run, "losses"), strict=True)
        if not self.writers:
            self._open()
        for told, means in list(new)[self.epochs :]:
            self._write(told, means)
        for writer in self.writers.values():
            writer.flush()

    def _open(self) -> None:
        with without("torch"):
            from tensorboardX.event_file_writer import EventsWriter
        folder = self.run / "tensorboard"
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("training", "validation"):
            (folder / part).mkdir(parents=True)
            self.writers[part] = EventsWriter(str(folder / part / "events"))
        self.phases = recipe_of(self.run).phases

    def _write(self, row: Mapping[str, Any], means: list[list[float]]) -> None:
        """Write an epoch.

        Args:
            row: of metrics.jsonl.
            means: of losses.jsonl.
        """
        self.epochs += 1
        for name in ("loss", "accuracy"):
            self._put("training", name, row[name], self.epochs)
            self._put("validation", name, row[f"val_{name}"], self.epochs)
        for step, loss in losses(means):
            self._put("training", "loss_of_step", loss, self.steps + step)
        batches, phase = int(means[-1][0]), self.phases[row["phase"] - 1]
        self.steps += batches
        rate = schedule(phase, phase.epochs * batches // phase.gathered)
        last = float(ops.convert_to_numpy(rate(row["epoch"] * batches - 1)))
        self._put("training", "learning_rate", last, self.epochs)

    def _put(self, part: str, name: str, value: float, step: int) -> None:
        from tensorboardX.proto.event_pb2 import Event
        from tensorboardX.summary import scalar

        event = Event(wall_time=time.time(), step=step, summary=scalar(name, value))
        self.writers[part].write_event(event)
