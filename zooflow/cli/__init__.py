"""The command line: a command is a file in this room, and imports what it needs when it runs."""

import errno
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from .. import __version__
from ..errors import UnknownName, ZooflowError

BEGAN = time.time()  # about when the user pressed Enter
# From a command to the module that holds it as `command`; in the order of `zooflow --help`.
COMMANDS = {
    "list": "listing",
    "info": "info",
    "rank": "rank",
    "finetune": "finetune",
    "lr-find": "lr_find",
    "resume": "resume",
    "reproduce": "reproduce",
    "evaluate": "evaluate",
    "compare": "compare",
    "report": "report",
    "predict": "predict",
    "explain": "explain",
    "serve": "serve",
    "export": "export",
    "push": "push",
    "download": "download",
    "cache": "cache",
    "doctor": "doctor",
}
FORESEEN = {  # what the machine may refuse, and what helps
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room: the quota of the disk is used up",
    errno.EACCES: "look at who may read and write it",
    errno.EPERM: "look at who may read and write it",
    errno.EROFS: "choose a place that can be written to",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EIO: "look after the disk",
    errno.ENOTDIR: "a part of this path is a file",
}


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """Import a command.

        Raises:
            UnknownName: there is none of that name.
        """
        if name not in COMMANDS:
            raise UnknownName("command", name, [*COMMANDS], hint="zooflow --help shows them all")
        return import_module(f".{COMMANDS[name]}", __name__).command


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog="COMMAND --help tells more. Start with: zooflow list",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="zooflow %(version)s")
@click.pass_context
def group(context: click.Context) -> None:
    """Fine-tune a pretrained backbone on your images or texts, by one command."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def main() -> NoReturn:
    """Run the command line and end the process."""
    for stream in (sys.stdout, sys.stderr):  # file names need not be text
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(group, sys.argv[1:]))


def run(command: click.Command, arguments: Sequence[str], *, name: str = "zooflow") -> int:
    """Run a command; tell what went wrong on stderr.

    Args:
        command: what to run.
        arguments: as they were typed.
        name: what the user calls the command.

    Returns:
        The exit status: 0 done, 1 a foreseen failure, 2 misuse or bad input, 130 stopped.
    """
    try:
        with command.make_context(name, [*arguments]) as context:
            command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:
        return end.exit_code
    except ZooflowError as error:
        return _fail(str(error), error.hint, error.exit_code)
    except click.UsageError as error:
        return _fail(_sentence(error), _way_out(error), 2)
    except (KeyboardInterrupt, click.Abort):
        return _fail("stopped", "", 130)
    except BrokenPipeError:  # the reader has seen enough, as in: zooflow list | head -1
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.errno not in FORESEEN:
            raise
        what = f"{error.filename}: " if error.filename else ""
        return _fail(f"{what}{os.strerror(error.errno).lower()}", FORESEEN[error.errno], 1)
    return 0


def _fail(message: str, hint: str, status: int) -> int:
    click.echo(f"error: {message}" + (f"\n hint: {hint}" if hint else ""), err=True)
    return status


def _sentence(error: click.UsageError) -> str:
    """Say what click complains of as we say things: a small letter first, no full stop."""
    message = error.format_message().splitlines()[0]
    message = message.partition(" Did you mean ")[0].partition(" (")[0]
    return (message[:1].lower() + message[1:]).rstrip(".")


def _way_out(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption) and error.possibilities:
        return f"did you mean {' or '.join(error.possibilities)}?"
    return f"{error.ctx.command_path} --help shows how" if error.ctx else ""
