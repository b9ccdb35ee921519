"""The PyTorch worker: one frame of the twin in given settings, or a matrix product.

Which settings are PyTorch's fastest is found beforehand, in a process of its own, so
that the tries are in no measured memory.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from typing import Any

import torch

from networks_lib.cases import ROWS
from networks_lib.inputs import make_inputs
from networks_lib.serving import Prepared, serve
from networks_lib.torch_twin import Style, Twin

_DTYPES = {"mixed_bfloat16": torch.bfloat16, "mixed_float16": torch.float16}
_CONVOLUTIONS = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
_LAYOUTS = {
    "contiguous": torch.contiguous_format,
    "channels_last": torch.channels_last,
}


def prepare(job: dict[str, Any]) -> Prepared:
    """Returns the job, ready to run; `job` is one that `measuring` makes."""
    torch.manual_seed(0)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    facts: dict[str, Any] = {"version": torch.__version__}
    if "matmul" in job:
        return Prepared(_matrix_product(job["matmul"], job["precision"]), facts)
    network = Twin(ROWS[job["row"]], Style())
    facts["parameters"] = sum(p.numel() for p in network.parameters())
    if "settings" in job:
        return Prepared(_step(network, job, job["settings"]), facts)
    best, seconds = _fastest(network, job)
    return Prepared(lambda: None, {**facts, "settings": best, "seconds": seconds})


def _fastest(network: Twin, job: dict[str, Any]) -> tuple[dict[str, Any], float]:
    """Returns the fastest settings and their seconds: all, or those in `tune`."""
    tried: list[tuple[float, dict[str, Any]]] = []

    def best(*candidates: dict[str, Any]) -> dict[str, Any]:
        for settings in candidates:
            tried.append((_fastest_run(_step(network, job, settings)), settings))
        return min(tried, key=lambda pair: pair[0])[1]

    if isinstance(job["tune"], dict):
        best(job["tune"])
        return job["tune"], tried[0][0]
    mixed = job["precision"] != "float32"
    common = {"heads": "float32", "casting": "autocast"} if mixed else {}
    pairs = [(layout, norm) for layout in _LAYOUTS for norm in ("batch", "instance")]
    found = best(*({"layout": a, "norm": b, **common} for a, b in pairs))
    if mixed:
        found = best({**found, "heads": "autocast"})
        if job["mode"] == "forward":
            # Comes last: it casts the weights in place.
            found = best({**found, "casting": "ahead"})
    return found, min(seconds for seconds, _ in tried)


def _fastest_run(run: Callable[[], None]) -> float:
    """One run that is not counted, then at most five within a second, or one."""
    run()
    seconds: list[float] = []
    while not seconds or (len(seconds) < 5 and sum(seconds) < 1.0):
        begin = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def _step(
    network: Twin, job: dict[str, Any], settings: dict[str, Any]
) -> Callable[[], None]:
    """Returns what makes one frame."""
    dtype = _DTYPES.get(job["precision"])
    style, layout = network.style, _LAYOUTS[settings["layout"]]
    style.norm = settings["norm"]
    style.float32_heads = settings.get("heads", "float32") == "float32"
    network.to(memory_format=layout)
    ahead = dtype is not None and settings.get("casting") == "ahead"
    if ahead:
        _cast_weights(network, dtype)
    inputs = [
        torch.from_numpy(array).permute(0, 3, 1, 2).contiguous(memory_format=layout)
        for array in make_inputs(network.row)
    ]
    function = network
    if settings.get("compiled"):
        if job["mode"] == "forward":
            import torch._inductor.config as inductor

            inductor.freezing = True  # weights are laid out once
        function = torch.compile(network)
    mixed = dtype is not None and not ahead

    def autocast() -> contextlib.AbstractContextManager:
        return torch.autocast("cpu", dtype) if mixed else contextlib.nullcontext()

    def forward() -> None:
        with torch.inference_mode(), autocast():
            function(*inputs)

    parameters = list(network.parameters())

    def training() -> None:
        with autocast():
            output = function(*inputs)
        # Biases before norms are in no result, hence `allow_unused`.
        loss = torch.stack([maps.mean() for maps in output]).sum()
        torch.autograd.grad(loss, parameters, allow_unused=True)

    return training if job["mode"] == "training" else forward


def _cast_weights(network: Twin, dtype: torch.dtype) -> None:
    """Casts what convolutions read; scales and shifts of norms stay float32."""
    network.style.dtype = dtype
    keep = network.style.float32_heads
    for name, module in network.named_modules():
        if isinstance(module, _CONVOLUTIONS) and not (keep and "_head" in name):
            module.to(dtype)


def _matrix_product(size: int, precision: str) -> Callable[[], None]:
    dtype = _DTYPES.get(precision, torch.float32)
    left, right = (torch.randn(size, size).to(dtype) for _ in range(2))

    def run() -> None:
        with torch.inference_mode():
            torch.matmul(left, right)

    return run


if __name__ == "__main__":
    serve(prepare)
