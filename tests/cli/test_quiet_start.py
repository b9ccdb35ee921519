"""What libraries say on every start is left out, and nothing else."""

import subprocess
import sys

import pytest

TALKING = """
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are\\n")
os.write(2, b"I0000 00:00:17.5 9 port.cc:153] oneDNN custom operations are on.\\n")
os.write(2, b"E0000 00:00:17.5 9 driver.cc:7] no room on the device\\n")
value = 7
"""


@pytest.mark.parametrize("ending", ["", "raise ImportError('a library is missing')"])
def test_lines_of_the_import_are_left_out_and_errors_are_not(tmp_path, ending):
    (tmp_path / "tensorflow.py").write_text(TALKING + ending)
    program = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from v2v_tf.cli.quiet_start import quiet_start\n"
        "quiet_start(); quiet_start()\n"
        "import tensorflow, os\n"
        "os.write(2, b'I0000 later\\n')\n"
        "print(tensorflow.value)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert lines[0] == "E0000 00:00:17.5 9 driver.cc:7] no room on the device"
    if ending:
        assert lines[-1] == "ImportError: a library is missing" and not done.stdout
    else:
        assert lines[1:] == ["I0000 later"] and done.stdout == "7\n"
