"""The conversation with the hub: is the repository there, may we write, one commit."""

import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import __version__
from ..errors import BadInput, NotPublished
from ..sources.address import Hub, endpoint
from ..sources.transfer import patiently
from .parcel import NAMES, Parcel
from .prose import prose
from .readme import merged
from .refusals import LOGIN, refused

if TYPE_CHECKING:
    from huggingface_hub import ModelInfo

PLACE = re.compile(r"hf://(?P<repo>[\w.-]+/[\w.-]+)/?", re.ASCII)


@dataclass(frozen=True)
class Pushed:
    """What came of a push.

    Args:
        source: "hf://owner/name@COMMIT".
        private: the repository is.
        changed: there was something new to push.
    """

    source: str
    private: bool
    changed: bool


def address(to: str) -> Hub:
    """Read where to push.

    Raises:
        BadInput: it is no repository on the hub.
    """
    if match := PLACE.fullmatch(to):
        return Hub(match["repo"], "main", "")
    raise BadInput(f"{to!r} is no repository to push to", hint="like hf://owner/name")


def find(place: Hub) -> "ModelInfo | None":
    """See what is there; None where there is no such repository, or none that we may see.

    Raises:
        NotPublished: no token, or no network.
    """
    from huggingface_hub import HfApi, errors, get_token

    if not get_token():
        raise NotPublished(f"nobody is logged in who could write to {place.repo}", hint=LOGIN)

    def ask() -> "ModelInfo | None":
        try:
            return HfApi(endpoint()).model_info(place.repo, timeout=30)
        except errors.RepositoryNotFoundError:
            return None

    return patiently(ask, place, tell=refused)


def send(parcel: Parcel, there: "ModelInfo | None", *, private: bool | None) -> Pushed:
    """Make the repository where there is none, and commit all files at once.

    Args:
        parcel: what to push.
        there: what `find` found.
        private: whether a new repository is; None for private.

    Raises:
        BadInput: it is there, and private or public where that was not wanted.
        NotPublished: no permission, or no network; nothing was changed.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    place, hub = Hub(parcel.repo, "main", ""), HfApi(endpoint())
    if there and private is not None and private != bool(there.private):
        now = "private" if there.private else "public"
        raise BadInput(
            f"{parcel.repo} is there already and {now}, and a push does not change that",
            hint="its settings at the hub do",
        )
    if not there:
        patiently(
            lambda: hub.create_repo(parcel.repo, private=private is not False, exist_ok=True),
            place,
            tell=refused,
        )
        there = patiently(lambda: hub.model_info(parcel.repo, timeout=30), place, tell=refused)
    names = {file.rfilename for file in there.siblings or ()}
    written = _readme(place, str(there.sha)) if "README.md" in names else ""
    readme = merged(written, parcel.facts, prose(parcel.facts, {*parcel.files}))
    operations = [
        *(CommitOperationAdd(name, each) for name, each in parcel.files.items()),
        CommitOperationAdd("README.md", readme.encode()),
        *(CommitOperationDelete(name) for name in sorted(names & (NAMES - parcel.files.keys()))),
    ]
    commit = patiently(
        lambda: hub.create_commit(
            parcel.repo,
            operations,
            commit_message=f"Push {parcel.run.resolve().name} by zooflow {__version__}",
            parent_commit=there.sha,
        ),
        place,
        tell=refused,
    )
    return Pushed(f"hf://{parcel.repo}@{commit.oid}", bool(there.private), commit.oid != there.sha)


def _readme(place: Hub, commit: str) -> str:
    """Read the README that is there."""
    from huggingface_hub import HfApi

    with tempfile.TemporaryDirectory() as folder:
        path = patiently(
            lambda: HfApi(endpoint()).hf_hub_download(
                place.repo, "README.md", revision=commit, cache_dir=folder
            ),
            place,
            tell=refused,
        )
        with open(path, encoding="utf-8-sig", newline="") as file:
            return file.read()
