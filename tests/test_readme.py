import re
import shlex
from pathlib import Path

import click
import pytest

import zooflow
from zooflow.cli import group

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", TEXT, re.DOTALL)
LINES = [line[2:] for kind, block in BLOCKS if kind == "console" for line in block.splitlines()]


@pytest.mark.parametrize("line", [line for line in LINES if line.startswith("zooflow ")])
def test_commands_shown_are_commands_that_exist(line):
    _, name, *arguments = shlex.split(line, comments=True)
    command = group.get_command(click.Context(group), name)
    command.make_parser(click.Context(command)).parse_args(arguments)


@pytest.mark.parametrize(
    "line", [line for line in LINES if line.startswith(("scripts/", "python"))]
)
def test_scripts_shown_are_there(line):
    words = shlex.split(line, comments=True)
    assert (ROOT / words[words[0] == "python"]).is_file()


def test_every_script_that_is_run_by_hand_is_told_of():
    told = set(re.findall(r"scripts/(\w+)", TEXT))
    run = {path.name for path in (ROOT / "scripts").iterdir() if path.is_file() and not path.suffix}
    assert run - {"venv", "__pycache__"} <= told


@pytest.mark.parametrize("block", [block for kind, block in BLOCKS if kind == "python"])
def test_python_shown_compiles_and_names_what_zooflow_has(block):
    compile(block, "README.md", "exec")
    names = re.findall(r"from zooflow import (.+)", block)
    names += re.findall(r"zooflow\.(\w+)\(", block)
    assert names
    assert all(hasattr(zooflow, each.strip()) for name in names for each in name.split(","))


def test_the_order_of_the_rooms_is_the_one_that_is_held():
    contract = (ROOT / "pyproject.toml").read_text("utf-8").partition("layers = [")[2]
    held = re.findall(r"[a-z]+", contract.partition("]\n")[0])
    shown = TEXT.partition("Imports point down only:")[2].partition("```\n\n")[0]
    told = re.findall(r"[a-z]+", shown)
    assert held == told
