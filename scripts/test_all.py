"""Runs every test file in a pytest process of its own.

The memory of one file is given back before the next one begins, and a file that dies
does not take the others along. Failures are shown where they happen and listed at the
end; the closing line has the counts of all files, as pytest's would. Ends with 1 where
a test failed, 2 where there are none, 130 after Ctrl-C.

    python scripts/test_all.py [FILE OR FOLDER ...] [OPTIONS OF PYTEST]
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

# Seconds that each file took the last time; `make clean` takes it away.
SECONDS = Path(".pytest_cache/seconds_of_files.json")
ORDER = ("failed", "passed", "skipped", "error")
TOLD = ("FAILED ", "ERROR ")  # lines of pytest's summary
NO_TESTS = 5  # pytest's exit status


def main(arguments: list[str]) -> int:
    """Runs the files; returns the exit status."""
    paths = list(itertools.takewhile(lambda x: not x.startswith("-"), arguments))
    options = arguments[len(paths) :]
    files = find(paths or ["tests"])
    if not files:
        print(f"no test file in {' '.join(paths or ['tests'])}", file=sys.stderr)
        return 2
    known = json.loads(SECONDS.read_text()) if SECONDS.is_file() else {}
    counts: Counter[str] = Counter()
    told: list[str] = []
    began = time.monotonic()
    status = 0
    try:
        for number, file in enumerate(files, 1):
            start = time.monotonic()
            found, text = run(file, options)
            known[file] = round(time.monotonic() - start, 1)
            counts += found
            bad = found["failed"] + found["error"]
            if bad:
                print(text, flush=True)
            summary = text.partition("short test summary info")[2]
            told += [x for x in summary.splitlines() if x.startswith(TOLD)]
            left = remaining(files[number:], known)
            print(
                f"[{number}/{len(files)}] {file}: {counted(found)} "
                f"in {known[file]:.0f} s; {left} left",
                flush=True,
            )
    except KeyboardInterrupt:
        print(f"interrupted in {file}, {number} of {len(files)}")
        status = 130
    SECONDS.parent.mkdir(exist_ok=True)
    SECONDS.write_text(json.dumps(known, indent=1, sort_keys=True))
    if told:
        print("short test summary info\n" + "\n".join(told))
    print(f"==== {counted(counts)} in {clock(time.monotonic() - began)} ====")
    return status or int(bool(counts["failed"] + counts["error"]))


def find(paths: list[str]) -> list[str]:
    """Returns the test files that are named, or lie in folders that are."""
    found: list[Path] = []
    for path in map(Path, paths):
        found += sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
    return [path.as_posix() for path in found]


def run(file: str, options: list[str]) -> tuple[Counter[str], str]:
    """Runs one file; returns the counts of its tests and what pytest printed.

    A process that ends without a report counts as one error.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", file, f"--junitxml={report}"]
        done = subprocess.run(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode == NO_TESTS:
            return Counter(), done.stdout
        if not report.is_file():
            end = f"ERROR {file} - pytest ended with {done.returncode}, no report"
            text = f"{done.stdout}\nshort test summary info\n{end}"
            return Counter(error=1), text
        return read_counts(report), done.stdout


def read_counts(report: Path) -> Counter[str]:
    """Returns the counts of a JUnit report."""
    counts: Counter[str] = Counter()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        names = ("tests", "failures", "errors", "skipped")
        tests, failed, errors, skipped = (int(suite.get(name, 0)) for name in names)
        passed = tests - failed - errors - skipped
        counts += Counter(passed=passed, failed=failed, error=errors, skipped=skipped)
    return counts


def remaining(files: list[str], known: dict[str, float]) -> str:
    """Returns the time that files will take, unknown ones as long as the mean."""
    mean = sum(known.values()) / len(known)
    return clock(sum(known.get(file, mean) for file in files))


def counted(counts: Counter[str]) -> str:
    """Returns, for example, `1 failed, 3 passed`."""
    parts = [f"{counts[kind]} {kind}" for kind in ORDER if counts[kind]]
    if counts["error"] > 1:
        parts[-1] += "s"
    return ", ".join(parts) or "no tests"


def clock(seconds: float) -> str:
    """Returns h:mm:ss."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{rest:02d}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
