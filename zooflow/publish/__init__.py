"""A run as a repository on the hub: what travels, the card that a stranger reads, the commit."""

from pathlib import Path
from typing import TYPE_CHECKING

from .parcel import Parcel, pack
from .upload import Pushed, address, find, send

if TYPE_CHECKING:
    from ..run import Run

__all__ = ["Parcel", "Pushed", "address", "find", "pack", "push", "send"]


def push(
    run: "Run | str | Path",
    to: str,
    *,
    private: bool | None = None,
    license: str = "",
    report: bool = False,
) -> str:
    """Push a run to the hub, in one commit that is there whole or not at all.

    `zooflow.load` and `zooflow.load_run` take the answer. Paths of this machine, examples and
    their origins stay here. What a person wrote into the README.md there is kept.

    Args:
        run: a finished run, or its folder.
        to: "hf://owner/name"; is made where it is not there.
        private: whether a new repository is; None for private.
        license: refuse weights under another one: "commercial", or an SPDX name; "" for any.
        report: let report.html go as well, which shows examples of validation.

    Returns:
        The source, "hf://owner/name@COMMIT".

    Raises:
        BadInput: it is no finished run, `to` is no repository, or the licence is another.
        NotPublished: no token, no permission, or no network; nothing was changed.
    """
    place = address(to)
    parcel = pack(
        Path(run) if isinstance(run, str | Path) else run.folder,
        place.repo,
        license=license,
        report=report,
    )
    return send(parcel, find(place), private=private).source
