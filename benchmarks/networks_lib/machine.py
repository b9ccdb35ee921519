"""What the machine is and how busy, for the head of the results."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

# Instructions that decide how fast matrix products are.
_FLAGS = (
    "avx2",
    "avx512f",
    "avx512_bf16",
    "avx512_fp16",
    "amx_bf16",
    "amx_fp16",
)
BUSY = 0.5  # load average that disturbs measurements


def describe() -> dict[str, Any]:
    """Returns the machine's facts; the load average is that of the last minute."""
    cpu: dict[str, str] = {}
    path = Path("/proc/cpuinfo")
    if path.is_file():
        for line in path.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            cpu.setdefault(key.strip(), value.strip())
    flags = set(cpu.get("flags", "").split())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu.get("model name", platform.processor() or platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "flags": [name for name in _FLAGS if name in flags],
        "absent_flags": [name for name in _FLAGS if name not in flags],
        "memory_bytes": memory,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": round(os.getloadavg()[0], 2),
    }
