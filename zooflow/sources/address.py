"""What a source says: the three kinds of URI."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from ..errors import BadInput

HUB = re.compile(
    r"hf://(?P<repo>[\w.-]+/[\w.-]+)(@(?P<revision>refs/(pr|convert)/[^/@]+|[^/@]+))?(/(?P<inside>.+))?"
)
WHEEL = re.compile(
    r"wheel://(?P<package>[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?)==(?P<version>[A-Za-z0-9][\w.!+-]*)"
    r"(/(?P<inside>.+))?"
)
HINT = (
    "a source is hf://owner/repo[@revision][/folder], wheel://package==version[/folder] or a folder"
)


@dataclass(frozen=True)
class Hub:
    """A folder of a repository on the hub.

    Args:
        repo: "owner/name".
        revision: branch, tag or commit.
        inside: folder in the repository; empty for its root.
    """

    repo: str
    revision: str
    inside: str

    @property
    def source(self) -> str:
        """The one spelling of this place."""
        inside = f"/{self.inside}" if self.inside else ""
        return f"hf://{self.repo}@{self.revision}{inside}"


@dataclass(frozen=True)
class Wheel:
    """A folder, or one file, inside a wheel of the Python package index.

    Args:
        package: name on the index.
        version: exact version.
        inside: folder or file in the wheel; empty to look for the one folder with weights.
    """

    package: str
    version: str
    inside: str

    @property
    def source(self) -> str:
        """The one spelling of this place."""
        return f"wheel://{self.package}=={self.version}" + (
            f"/{self.inside}" if self.inside else ""
        )


@dataclass(frozen=True)
class Folder:
    """A folder on this machine."""

    path: Path

    @property
    def source(self) -> str:
        """The one spelling of this place."""
        return str(self.path)


def endpoint() -> str | None:
    """Say which hub is asked; None for the client's own default."""
    return os.environ.get("HF_ENDPOINT") or None


def parse(source: str) -> Hub | Wheel | Folder:
    """Read a source.

    Raises:
        BadInput: it is none of the three kinds, or a path in it leads outside.
    """
    if "://" not in source:
        if not source.strip():
            raise BadInput("the source is empty", HINT)
        return Folder(Path(source).expanduser().absolute())
    if source.startswith("hf://datasets/"):
        raise BadInput(f"{source!r} is a data set, not a model", HINT)
    match = HUB.fullmatch(source.rstrip("/")) or WHEEL.fullmatch(source.rstrip("/"))
    inside = match["inside"] or "" if match else ""
    if not match or {".", ".."} & set(re.split(r"[/\\@]", unquote(source))) or "//" in f"/{inside}":
        raise BadInput(f"{source!r} is not a source of a model", HINT)
    if match.re is HUB:
        return Hub(match["repo"], unquote(match["revision"] or "main"), inside)
    return Wheel(match["package"], match["version"], inside)
