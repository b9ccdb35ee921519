"""How much memory there is for one more process, and what sets the limit.

Four limits count, the lowest one wins: what the system has free, the control group of a
container or a batch job (version 1 and 2), and the limit of address space that
`ulimit -v` sets. Of a GPU it is the driver's own number.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

GIB = 2**30
_CGROUPS = Path("/sys/fs/cgroup")
# Without a limit, version 1 writes the largest multiple of a page.
_NO_LIMIT = 2**60


@dataclass(frozen=True)
class Available:
    """Memory that a process may still take.

    Attributes:
        num_bytes: how much, bytes.
        limit: what sets it, words that stand after a number.
    """

    num_bytes: int
    limit: str

    def __str__(self) -> str:
        """Returns both, such as `3.2 GiB (free on this machine)`."""
        return f"{in_gib(self.num_bytes)} ({self.limit})"


def in_gib(num_bytes: float) -> str:
    """Returns a size as people read it, such as `3.2 GiB` or `310 MiB`.

    Example:
        ```python
        >>> from v2v_tf.memory.machine import in_gib
        >>> in_gib(3.25 * 2**30), in_gib(310 * 2**20)
        ('3.2 GiB', '310 MiB')

        ```
    """
    if num_bytes < 0.95 * GIB:
        return f"{num_bytes / 2**20:.0f} MiB"
    return f"{num_bytes / GIB:.1f} GiB"


def available_memory(cgroups: Path = _CGROUPS, own: Path | None = None) -> Available:
    """Returns the memory that this process may still take beside what it has.

    Args:
        cgroups: folder where control groups are mounted.
        own: file that names the groups of this process; None for `/proc/self/cgroup`.
    """
    found = [Available(psutil.virtual_memory().available, "free on this machine")]
    left = _left_in_groups(cgroups, own or Path("/proc/self/cgroup"))
    if left is not None:
        found.append(Available(left, "left of the container's limit"))
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY:
        used = psutil.Process().memory_info().vms
        found.append(Available(max(limit - used, 0), "left of ulimit -v"))
    return min(found, key=lambda one: one.num_bytes)


def gpu_memory() -> Available | None:
    """Returns the memory of the smallest GPU that is visible; None without a driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    which = [] if visible is None else [f"--id={visible}"]
    ask = [program, "--query-gpu=memory.total", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(
            [*ask, *which], capture_output=True, text=True, timeout=20, check=True
        )
        sizes = [int(line) for line in done.stdout.split()]
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Available(min(sizes) * 2**20, "of a GPU") if sizes else None


def _left_in_groups(cgroups: Path, own: Path) -> int | None:
    """Returns what the tightest group of this process leaves; None without limits."""
    left = []
    for folder in _groups(cgroups, own):
        for limit, usage in (
            ("memory.max", "memory.current"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            most, used = _number(folder / limit), _number(folder / usage)
            if most is not None and most < _NO_LIMIT:
                # Files that were read count as used, and go when memory is wanted.
                cache = _inactive_files(folder / "memory.stat")
                left.append(max(most - (used or 0) + cache, 0))
    return min(left, default=None)


def _groups(cgroups: Path, own: Path) -> Iterable[Path]:
    """Yields the folders of the groups of this process, and those above them."""
    try:
        lines = own.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    roots = {cgroups, cgroups / "memory"}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = cgroups / "memory" if controllers else cgroups
        folder = root / path.lstrip("/")
        # Within a container the path may be the host's and not be there.
        roots |= {folder, *(p for p in folder.parents if p.is_relative_to(root))}
    return sorted(roots)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # `max` is no number, and no limit
        return None


def _inactive_files(path: Path) -> int:
    try:
        rows = dict(x.split(maxsplit=1) for x in path.read_text().splitlines())
        return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))
    except (OSError, ValueError):
        return 0
