"""What the machine is: versions, devices, what the processor can, room on its disks."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from ..errors import ZooflowError

# In a process of its own, as a broken installation may end it with a crash.
PROBE = "import json; from zooflow.backend import devices; print(json.dumps(devices()))"
PATIENCE = 120  # seconds in which a backend must have started


def version(package: str) -> str:
    """Say which version is installed; empty where none is."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def devices() -> list[str]:
    """Name the devices of the backend that was chosen.

    Raises:
        ZooflowError: Keras or the backend does not start.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired as error:
        raise ZooflowError(
            f"the backend did not start within {PATIENCE} s", hint="is the machine busy?"
        ) from error
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"it ended with status {ended.returncode}"]
        raise ZooflowError(f"the backend does not start: {lines[-1]}", hint="install it anew")
    return json.loads(ended.stdout.splitlines()[-1])


def bfloat16() -> str:
    """Say whether the processor computes in bfloat16, by the flags that Linux tells."""
    try:
        flags = set(Path("/proc/cpuinfo").read_text("utf-8").split())
    except OSError:
        return "unknown"
    found = sorted(
        flag for flag in flags if re.fullmatch(r"avx512_bf16|amx_bf16|avx_bf16|bf16", flag)
    )
    return ", ".join(found) or "not in this processor"


def size(folder: Path) -> int:
    """Count the bytes of the files in a folder, links not followed."""
    return sum(
        os.lstat(os.path.join(parent, name)).st_size
        for parent, _, names in os.walk(folder)
        for name in names
    )


def room(folder: Path) -> int:
    """Count the free bytes where a folder is or would be."""
    return shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
