"""A headless Chromium, driven by its DevTools protocol over a pipe.

Messages are JSON, each ended by a zero byte; Chromium reads them from file descriptor
3 and answers on 4. Nothing beside the browser is needed.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

_ANSWER_SECONDS = 60.0
_OPTIONS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *(
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
    ),
    *("--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe"),
)


class Tab:
    """One page of the browser.

    Attributes:
        requests: addresses that the page asked for.
    """

    def __init__(self, send: Callable[..., Any], requests: list[str]) -> None:
        self._send = send
        self.requests = requests

    def open(self, page: Path, size: tuple[int, int], dark: bool = False) -> None:
        """Loads a file in a window of (width, height)."""
        scheme = "dark" if dark else "light"
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self._send("Emulation.setEmulatedMedia", features=[feature])
        self._send(
            "Emulation.setDeviceMetricsOverride",
            **{"width": size[0], "height": size[1]},
            **{"deviceScaleFactor": 1, "mobile": False},
        )
        self.requests.clear()
        self._send("Page.navigate", url=page.resolve().as_uri())
        self.wait(f"location.href === {json.dumps(page.resolve().as_uri())}")
        self.wait("document.readyState === 'complete'")

    def evaluate(self, script: str) -> Any:
        """Returns the value of an expression, or of its promise, as JSON holds it."""
        answer = self._send(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str, seconds: float = 30.0) -> None:
        """Waits until an expression is true."""
        end = time.monotonic() + seconds
        while not self.evaluate(f"Boolean({condition})"):
            assert time.monotonic() < end, f"still false: {condition}"
            time.sleep(0.02)

    def press(self, key: str, code: str = "", shift: bool = False) -> None:
        """Presses a key where the focus is."""
        for kind in ("rawKeyDown", "keyUp"):
            self._send(
                "Input.dispatchKeyEvent",
                **{"type": kind, "key": key, "code": code or key},
                modifiers=8 if shift else 0,
            )

    def screenshot(self, whole: bool = False) -> bytes:
        """Returns a PNG of the window, or of the whole page."""
        answer = self._send("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(answer["data"])


@contextlib.contextmanager
def open_chromium(profile: Path) -> Iterator[Tab]:
    """Starts the browser and lends a tab; skips where none starts.

    Args:
        profile: an empty folder.
    """
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium on PATH: apt-get install chromium (needs root)")
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    # A shell puts the ends of the pipes where Chromium looks for them.
    command = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
    process = subprocess.Popen(
        ["bash", "-c", command, program, *_OPTIONS, f"--user-data-dir={profile}"],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        connection = _Connection(ours_in, ours_out)
        try:
            tab = connection.new_tab()
        except (OSError, AssertionError) as error:
            pytest.skip(f"{program} does not start here: {error}")
        yield tab
        connection.call("Browser.close")
        process.wait(timeout=_ANSWER_SECONDS)
    finally:
        process.kill()
        process.wait()
        os.close(ours_in)
        os.close(ours_out)


class _Connection:
    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._numbers = itertools.count(1)
        self._buffer = b""
        self.requests: list[str] = []

    def new_tab(self) -> Tab:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        attached = self.call("Target.attachToTarget", targetId=target, flatten=True)
        session = attached["sessionId"]

        def send(method: str, **parameters: Any) -> Any:
            return self.call(method, session, **parameters)

        send("Page.enable")
        send("Network.enable")
        return Tab(send, self.requests)

    def call(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("method") == "Network.requestWillBeSent":
                self.requests.append(answer["params"]["request"]["url"])
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._reading], [], [], _ANSWER_SECONDS)
            assert ready, "Chromium does not answer"
            part = os.read(self._reading, 1 << 20)
            assert part, "Chromium ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)
