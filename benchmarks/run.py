"""zooflow against its peers: same data, same weights, same epochs, taking turns.

    $ benchmarks/setup
    $ .venv/bin/python benchmarks/run.py --repeats 3
    $ .venv/bin/python benchmarks/run.py head-5 bare --examples 200 --out runs/smoke

Each training has a process of its own and its cache for itself. The results are appended to
OUT/benchmarks.json, and OUT/benchmarks.md is made from them anew.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cases import CASES, SIDES, Case, Side
from machine import machine
from report import report, table

from zooflow.sources.records import cache_folder

HERE = Path(__file__).resolve().parent
CACHED = ("wheels", "records")  # weights in zooflow's cache; the rest is what it computed


@dataclass(frozen=True)
class Place:
    """Where and with what the sides run.

    Args:
        work: folder for data, weights and what the sides write.
        homes: the Python of each environment: "own" is zooflow's, "peers" has torch, timm, fastai
            and transformers, "hub" KerasHub.
        backend: of Keras; None for zooflow's own choice.
        precision: of all sides: "float32" or "bfloat16".
    """

    work: Path
    homes: dict[str, str]
    backend: str | None
    precision: str


def main() -> None:
    """Measure the cases that the command line names."""
    given = arguments()
    homes = {"own": sys.executable, "peers": given.peers, "hub": given.hub}
    place = Place(given.work.resolve(), homes, given.backend, given.precision)
    given.out.mkdir(parents=True, exist_ok=True)
    results, failed = given.out / "benchmarks.json", []
    for name in given.cases or CASES:
        case = CASES[name]
        examples = given.examples or case.examples
        try:
            runs = measure(case, place, examples, given.sides or case.sides, given.repeats)
        except subprocess.CalledProcessError as error:
            print(f"{name} failed: {error}\n{error.stderr[-3000:]}", file=sys.stderr)
            failed.append(name)
            continue
        record = {
            "case": name,
            "date": time.strftime("%Y-%m-%d"),
            "machine": machine(),
            "backend": given.backend or "tensorflow",
            "precision": given.precision,
            "examples": examples,
            "runs": runs,
        }
        kept = json.loads(results.read_text("utf-8")) if results.exists() else []
        results.write_text(json.dumps([*kept, record], indent=1) + "\n", "utf-8")
        print(table(record), flush=True)
        (given.out / "benchmarks.md").write_text(report([*kept, record]), "utf-8")
    sys.exit(f"failed: {', '.join(failed)}" if failed else 0)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("cases", nargs="*", metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--examples", type=int, help="learn from so many; 200 have all labels")
    parser.add_argument("--sides", nargs="+", choices=SIDES, help="of the case's own, only these")
    parser.add_argument("--backend", choices=["tensorflow", "jax", "torch"], help="of Keras")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--peers", default=str(HERE.parent / ".venv-peers/bin/python"))
    parser.add_argument("--hub", default=str(HERE.parent / ".venv-hub/bin/python"))
    parser.add_argument("--work", type=Path, default=HERE.parent / "runs/benchmarks")
    parser.add_argument("--out", type=Path, default=HERE.parent / "docs")
    given = parser.parse_intermixed_args()
    for name in given.cases:
        if name not in CASES:
            parser.error(f"no case {name!r}: {', '.join(CASES)}")
    return given


def measure(
    case: Case, place: Place, examples: int, sides: list[str], repeats: int
) -> dict[str, list[dict[str, Any]]]:
    """Run the sides of a case in turn, several times; give what each said each time."""
    job = prepare(case, place, examples)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for repeat in range(repeats):
        for name in sides:
            side = SIDES[name]
            runs[name].append(run(side, {**job, **dict(side.changes), "seed": repeat}, place))
            print(f"  {name}: {runs[name][-1]['seconds']:.1f} s", file=sys.stderr, flush=True)
    return runs


def prepare(case: Case, place: Place, examples: int) -> dict[str, Any]:
    """Make data and weights where they are not there yet, and a case's job."""
    kind = "texts" if case.texts else "images"
    data = place.work / f"{kind}-{examples}"
    if not data.exists():
        unfinished = data.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        call(sys.executable, HERE / "make_data.py", kind, unfinished, examples)
        unfinished.rename(data)
    weights = place.work / "weights" / case.backbone
    weights.parent.mkdir(exist_ok=True)
    library = "transformers" if case.texts else "timm"
    options = ["--random"] if case.random else []
    script = HERE / "export_weights.py"
    said = call(sys.executable, script, case.backbone, library, weights, case.part, *options)
    return {
        "data": str(data),
        "name": str(weights) if case.random else case.backbone,
        "weights": str(weights),
        "part": case.part,
        "learns": json.loads(said.splitlines()[-1]),
        "epochs": case.epochs,
        "lr": case.lr,
        "batch": 32,
        "crop": case.crop,
        "grouped": False,
        "cache": "float16",
        "precision": place.precision,
        "out": str(place.work / "trained"),
    }


def run(side: Side, job: dict[str, Any], place: Place) -> dict[str, Any]:
    """Let a side do a job in a process of its own; give what it said, and what the process took."""
    shutil.rmtree(job["out"], ignore_errors=True)
    cache = place.work / "cache"
    if not side.warm:
        fresh(cache)
    source, target = place.work / "job.json", place.work / "result.json"
    source.write_text(json.dumps(job), "utf-8")
    target.unlink(missing_ok=True)
    environment = {"ZOOFLOW_CACHE": str(cache), "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"KERAS_BACKEND": place.backend} if place.backend else {}
    script = HERE / "peers" / f"{side.script}.py"
    before, began = os.times(), time.time()
    call(place.homes[side.home], script, source, target, began, environment=environment)
    took, after = time.time() - began, os.times()
    return {
        **json.loads(target.read_text("utf-8")),
        "process_seconds": took,
        "process_cpu_seconds": sum(after[2:4]) - sum(before[2:4]),
    }


def fresh(cache: Path) -> None:
    """Empty a cache of zooflow's, but for the weights."""
    shutil.rmtree(cache, ignore_errors=True)
    cache.mkdir(parents=True)
    for name in CACHED:
        if (cache_folder() / name).exists():
            (cache / name).symlink_to(cache_folder().resolve() / name)


def call(*command: Any, environment: dict[str, str] | None = None) -> str:
    """Run a program; give its stdout."""
    return subprocess.run(
        [str(word) for word in command],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
    ).stdout


if __name__ == "__main__":
    main()
