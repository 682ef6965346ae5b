"""Reading data while the backend is being imported."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from ..backend import start

T = TypeVar("T")
SOON = 0.2  # seconds in which most bad data are found, which are told before anything is imported


def read_beside(read: Callable[[], T]) -> T:
    """Start the backend, and read meanwhile; what reading raises is raised.

    Args:
        read: reads and decodes; imports no ML library.
    """
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(read)
        wait([reading], timeout=SOON)
        if not (reading.done() and reading.exception()):
            start()
        return reading.result()
