"""Transfers from the hub that outlast a bad network: resumed, and tried again."""

import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from ..errors import SourceUnavailable, ZooflowError
from .address import Hub, endpoint
from .failures import is_passing, told, wait_asked

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]
Answer = TypeVar("Answer")

TRIES = 3
PAUSE = 1.0  # seconds before the second try; doubled before the third
LONGEST = 300.0  # seconds that are waited where the hub asks for it; its own windows are so long


def patiently(
    ask: Callable[[], Answer],
    place: Hub,
    *,
    come: Callable[[], int] = lambda: 0,
    tell: Callable[[Exception, Hub], ZooflowError] = told,
) -> Answer:
    """Ask the hub, again after a failure that may pass.

    Args:
        ask: the question.
        place: what it is about, for the error.
        come: says how many bytes have come; a try that brought some does not count as failed.
        tell: says what an error means, in one sentence.

    Raises:
        BadInput: no such repository or revision.
        SourceUnavailable: three tries failed, trying again is of no use, or the hub asks to wait
            for more than five minutes.
    """
    most, failed = come(), 0
    while True:
        try:
            return ask()
        except Exception as error:
            failed = 0 if come() > most else failed + 1
            most = max(most, come())
            wanted = wait_asked(error)
            if failed == TRIES or not is_passing(error) or wanted > LONGEST:
                raise tell(error, place) from error
            if wanted:
                log.warning("the hub is busy: %s waits %.0f s, as it asks", place.source, wanted)
            time.sleep(max(wanted, PAUSE * 2**failed / 2))


def stream(
    place: Hub, commit: str, name: str, blob: Path, size: int, progress: Progress | None
) -> None:
    """Bring the content of a file, going on where an earlier try or run stopped.

    Args:
        place: the repository.
        commit: its resolved revision.
        name: the file's path in the repository.
        blob: where the content goes once it is whole; not touched if it is there.
        size: bytes in all.
        progress: told of the name, bytes here and bytes in all.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import WeakFileLock

    url = hf_hub_url(place.repo, name, revision=commit, endpoint=endpoint())
    storage = blob.parent.parent
    lock = storage.parent / ".locks" / storage.name / f"{blob.name}.lock"  # the hub client's own
    part = blob.with_name(f"{blob.name}.zooflow.incomplete")
    lock.parent.mkdir(parents=True, exist_ok=True)
    blob.parent.mkdir(parents=True, exist_ok=True)
    with WeakFileLock(lock):
        if not blob.is_file():
            patiently(
                lambda: more(url, part, size, lambda here: progress and progress(name, here, size)),
                place,
                come=lambda: here(part),
            )
            part.replace(blob)


def more(url: str, part: Path, size: int, tell: Callable[[int], object]) -> None:
    """Bring what a partial file still lacks.

    Raises:
        ConnectionError: the answer ended early.
    """
    from huggingface_hub import get_session
    from huggingface_hub.constants import HF_HUB_DOWNLOAD_TIMEOUT
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    begin = here(part)
    if begin == size and part.exists():
        return
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"}
    if begin:
        headers["Range"] = f"bytes={begin}-"
    with get_session().stream(
        "GET", url, headers=headers, timeout=HF_HUB_DOWNLOAD_TIMEOUT
    ) as answer:
        if answer.status_code == 416:  # the partial file is longer than the file: not a part of it
            part.unlink()
        hf_raise_for_status(answer)
        goes_on = answer.headers.get("Content-Range", "").startswith(f"bytes {begin}-")
        with part.open("ab" if goes_on else "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                tell(min(file.tell(), size))
                if file.tell() > size:  # no part of the file, as its hash will tell
                    break
    if here(part) < size:
        raise ConnectionError(f"the answer ended after {here(part):,} of {size:,} bytes")


def here(part: Path) -> int:
    """Count the bytes of a file that may not be there yet."""
    return part.stat().st_size if part.exists() else 0


def make_room(lack: int, folder: Path, source: str) -> None:
    """Refuse a download that the disk has no room for.

    Raises:
        SourceUnavailable: fewer bytes are free than are lacking.
    """
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    if lack > free:
        raise SourceUnavailable(
            f"{source} needs {lack / 1e6:,.0f} MB and {existing} has {free / 1e6:,.0f} MB free",
            hint="make room, or name another folder: HF_HOME for the hub's, ZOOFLOW_CACHE for ours",
        )
