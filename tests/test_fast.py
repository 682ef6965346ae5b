"""What must answer at once does, and imports nothing that would make it slow."""

import os
import resource
import subprocess
import sys

import pytest

HEAVY = (
    *("keras", "tensorflow", "jax", "torch", "numpy", "PIL", "datasets", "huggingface_hub"),
    *(
        "sklearn",
        "scipy",
        "rich",
        "tokenizers",
        "safetensors",
        "pyarrow",
        "matplotlib",
        "tensorboardX",
        "starlette",
        "uvicorn",
    ),
)
QUICK = (
    ([], 0),
    (["--help"], 0),
    (["--version"], 0),
    (["list"], 0),
    (["list", "--json"], 0),
    (["info", "all-minilm-l6-v2"], 0),
    (["info", "all-minilm-l6-v2", "--json"], 0),
    (["finetune", "--help"], 0),
    (["info", "resnit50"], 2),
    (["info", "efficientnet_lite0.in"], 2),
    (["download", "resnit50"], 2),
    (["finetun"], 2),
    (["finetune"], 2),
    (["finetune", "resnit50", "--images", "photos"], 2),
    (["finetune", "all-minilm-l6-v2"], 2),
    (["finetune", "all-minilm-l6-v2", "--batch", "none"], 2),
    (["finetune", "all-minilm-l6-v2", "--bach", "3"], 2),
    (["lr-find", "--help"], 0),
    (["lr-find"], 2),
    (["lr-find", "all-minilm-l6-v2"], 2),
    (["lr-find", "all-minilm-l6-v2", "--table", "no.csv", "--out", "no.gif"], 2),
    (["resume", "no-run", "--tensorboard"], 2),
    (["rank", "--help"], 0),
    (["rank"], 2),
    (["rank", "resnit50", "--images", "photos"], 2),
    (["rank", "--images", "photos", "--budget", "soon"], 2),
    (["rank", "--images", "photos", "--license", "mti"], 2),
    (["push", "--help"], 0),
    (["push", "no-run", "hf://a/b"], 2),
    (["push", "no-run", "a/b"], 2),
    (["evaluate", "no-run", "--images", "photos"], 2),
    (["evaluate", "no-run", "--images", "photos", "--target-precision", "1"], 2),
    (["compare", "--help"], 0),
    (["compare", "no-run"], 2),
    (["compare", "no-run", "no-other"], 2),
    (["explain", "--help"], 0),
    (["explain", "no-run", "photo.jpg"], 2),
    (["serve", "--help"], 0),
    (["serve", "no-run"], 2),
    (["serve", "no-run", "--port", "70000"], 2),
    (["report", "--help"], 0),
    (["report", "no-run"], 2),
    (["predict", "no-run", "photo.jpg"], 2),
    (["export", "--help"], 0),
    (["export", "no-run", "--to", "onnx"], 2),
    (["export", "no-run", "--to", "keras", "--quantize", "int8"], 2),
)
PROBE = f"""
import sys
from zooflow.cli import group, run
status = run(group, sys.argv[1:])
print(status, *({{m.partition(".")[0] for m in sys.modules}} & {set(HEAVY)!r}), file=sys.stderr)
"""


@pytest.mark.parametrize(("arguments", "status"), QUICK, ids=lambda value: str(value))
def test_quick_answers_import_no_heavy_library(arguments, status, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, cwd=tmp_path
    )
    assert ended.stderr.splitlines()[-1] == str(status)


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["list"], ["info", "all-minilm-l6-v2"], ["info", "resnit50"], ["rank", "--help"]],
)
def test_quick_answers_take_less_than_three_tenths_of_a_second(arguments, tmp_path):
    env = {name: os.environ[name] for name in os.environ if name != "PYTHONDONTWRITEBYTECODE"}
    spent = []
    for _ in range(3):  # the processor's seconds, as others may keep the machine busy
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "zooflow", *arguments],
            capture_output=True, cwd=tmp_path, env=env,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3
