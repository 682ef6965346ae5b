"""What of a run travels: files named one by one, without paths of this machine."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from ..catalogue import check_license
from ..errors import BadInput
from ..fresh import inside, read_json
from .facts import Facts, facts_of
from .paths import cleaned, paths_in

PLAIN = ("model.safetensors", "tokenizer.json")  # hold no path, and change nothing on their way
MODEL = (*PLAIN, "config.json", "preprocessing.json", "tokenizer_config.json", "graph.json")
RUN = ("recipe.json", "lock.json", "labels.txt", "metrics.jsonl", "calibration.json", "curves.png")
REPORT = "report.html"  # travels only where that is asked for: it shows examples
NAMES = {*MODEL, *RUN, REPORT}
TOKEN = re.compile(r"\bhf_[A-Za-z0-9]{30,}\b")


@dataclass(frozen=True)
class Parcel:
    """What is pushed.

    Args:
        run: its folder.
        repo: "owner/name".
        files: by name in the repository; what is read from the disk as it is, or its content.
        facts: what is known of the run.
    """

    run: Path
    repo: str
    files: dict[str, Path | bytes]
    facts: Facts

    def sizes(self) -> dict[str, int]:
        """Say how many bytes each file has."""
        return {
            name: len(each) if isinstance(each, bytes) else each.stat().st_size
            for name, each in self.files.items()
        }


def pack(run: Path, repo: str, *, license: str = "", report: bool = False) -> Parcel:
    """Gather what of a run travels.

    Args:
        run: its folder.
        repo: "owner/name".
        license: that the weights must have; see `catalogue.check_license`.
        report: let the report go as well.

    Raises:
        BadInput: it is no finished run, the licence is another, or a file holds a token.
    """
    run = run.expanduser()
    config = read_json(run, f"{inside(run)}config.json")
    recipe, lock = read_json(run, "recipe.json"), read_json(run, "lock.json")
    try:
        check_license(config["card"]["name"], config["card"]["license"], license)
        hidden = paths_in(run, recipe, config, lock)
    except (KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"the run {run} is damaged: its facts do not fit: {error}") from error
    if report and not (run / REPORT).is_file():
        raise BadInput(f"{run} has no {REPORT}", hint=f"zooflow report {run} writes it")
    places = {name: run / inside(run) / name for name in MODEL}
    places |= {name: run / name for name in (*RUN, *([REPORT] if report else []))}
    files: dict[str, Path | bytes] = {}
    for name, path in places.items():
        if path.is_file():
            plain = name in PLAIN or path.suffix == ".png"
            files[name] = path if plain else _clean(path, hidden)
    small = ("config", "preprocessing", "recipe", "lock")
    read = {name: json.loads(bytes(files[f"{name}.json"])) for name in small}  # type: ignore[arg-type]
    return Parcel(run, repo, files, facts_of(run, repo, read))


def _clean(path: Path, hidden: dict[str, str]) -> bytes:
    text = cleaned(path.read_text("utf-8"), path.suffix, hidden)
    if TOKEN.search(text):
        raise BadInput(
            f"{path} holds what looks like a token of the hub, and it stays here",
            hint="take it out of the file, and make another token: somebody may have read it",
        )
    return text.encode()
