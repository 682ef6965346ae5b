"""Describe the machine that a measurement was taken on."""

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16")


def machine() -> dict[str, Any]:
    """Give processor, cores, what matters of the processor's flags, memory in GB, GPUs."""
    facts = [line.partition(":") for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines()]
    said = {name.strip(): value.strip() for name, _, value in facts}
    flags = said.get("flags", said.get("Features", "")).split()
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "processor": said.get("model name", platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "flags": [flag for flag in FLAGS if flag in flags],
        "memory_gb": round(pages / 1e9),
        "gpus": _gpus(),
        "python": platform.python_version(),
    }


def describe(machine: dict[str, Any]) -> str:
    """Say in a line what machine it was."""
    return ", ".join(
        [
            machine["processor"],
            f"{machine['cores']} cores",
            *([" ".join(machine["flags"])] if machine["flags"] else []),
            f"{machine['memory_gb']} GB",
            *machine["gpus"],
            f"Python {machine['python']}",
        ]
    )


def _gpus() -> list[str]:
    if not shutil.which("nvidia-smi"):
        return []
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()
