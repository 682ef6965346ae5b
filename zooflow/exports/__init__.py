"""Out of the house: a run, or a backbone alone, as a folder that another library loads."""

from pathlib import Path

from ..errors import UnknownName
from ..fresh import check_free
from ..run import Run
from ..run.folder import new_folder
from ..zoo import Backbone
from .network import opened
from .sentence import write_sentence
from .timm_folder import write_timm
from .transformers_folder import write_transformers

__all__ = ["TARGETS", "export", "export_and_tell"]

TARGETS = {
    "timm": write_timm,
    "transformers": write_transformers,
    "sentence-transformers": write_sentence,
}


def export(what: Run | Backbone | str | Path, to: str, folder: str | Path) -> Path:
    """Write a folder that another library loads, with no code but its own.

    Its logits, or its features where `what` is a backbone alone, are those of zooflow. Adapters
    of low rank are merged into the weights.

    Args:
        what: a run or its folder; or a backbone, or what `zooflow.load` takes.
        to: "timm" for `timm.create_model("local-dir:FOLDER", pretrained=True)`; "transformers" for
            `from_pretrained` of its auto classes; "sentence-transformers" for texts,
            `SentenceTransformer(FOLDER).encode` gives the logits or the pooled features.
        folder: to write; must not exist.

    Returns:
        The folder.

    Raises:
        UnknownName: no such library, run or backbone.
        BadInput: the library has no such network; or the folder exists.
    """
    return export_and_tell(what, to, folder)[0]


def export_and_tell(
    what: Run | Backbone | str | Path, to: str, folder: str | Path
) -> tuple[Path, str]:
    """Export as `export` does; give the folder and the Python that loads it, `{}` its place."""
    if to not in TARGETS:
        raise UnknownName("library to export to", to, list(TARGETS), hint=", ".join(TARGETS))
    folder = Path(folder).expanduser()
    check_free(folder)
    network = opened(what)
    with new_folder(folder) as partial:
        return folder, TARGETS[to](network, partial)
