"""Batches: who shares one, who waits, and who is told of a mistake."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import grpc
import numpy as np
import pytest

from serving.batching import Batcher
from serving.batching_options import BatchingOptions
from serving.client import Vid2VidClient
from serving.status import RequestError, invalid
from v2v_tf.errors import InputError


class Model:
    """Adds one, refuses negative values, and remembers its batches."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.calls = 0
        self.may_run = threading.Event()
        self.may_run.set()

    def run(self, signature, inputs, outputs):
        self.calls += 1
        self.may_run.wait()
        x = inputs["x"]
        self.sizes.append(len(x))
        if (x < 0).any():
            raise invalid(f"{signature} takes no negative values")
        return {"y": x + 1, "row": np.arange(len(x))}


@pytest.fixture
def model():
    return Model()


LATER = 60_000_000  # a timeout, in microseconds, that no test waits for


def waiting(batcher: Batcher) -> int:
    """Returns how many requests wait for a batch."""
    with batcher._changed:
        return sum(len(queue) for queue in batcher._queues.values())


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.001)


def many(batcher: Batcher, arrays: list[np.ndarray]) -> list:
    """Returns the answers to requests that arrive in this order.

    When all have arrived the batcher is closed, which runs what waits still.
    """
    with ThreadPoolExecutor(len(arrays)) as pool:
        calls: list[Future] = []

        def arrived(before: int) -> bool:
            # A request that makes a batch full is taken at once, with the others.
            return calls[-1].done() or waiting(batcher) != before

        for array in arrays:
            before = waiting(batcher)
            calls.append(pool.submit(batcher.run, "add", {"x": array}))
            wait_until(functools.partial(arrived, before))
        batcher.close()
        return [call.exception() or call.result() for call in calls]


def test_what_arrives_together_runs_together(model):
    told = []
    options = BatchingOptions(max_batch_size=6, batch_timeout_micros=LATER)
    batcher = Batcher(model.run, options, told.append)
    arrays = [np.full((n, 3), 10 * n) for n in (1, 3, 2)]
    results = many(batcher, arrays)
    assert model.sizes == told == [6]
    for array, result in zip(arrays, results, strict=True):
        np.testing.assert_array_equal(result["y"], array + 1)
    assert [list(r["row"]) for r in results] == [[0], [1, 2, 3], [4, 5]]


def test_a_batch_waits_no_longer_than_its_timeout(model):
    batcher = Batcher(model.run, BatchingOptions(batch_timeout_micros=50_000))
    began = time.monotonic()
    batcher.run("add", {"x": np.zeros((1, 2))})
    assert 0.04 < time.monotonic() - began < 2
    assert model.sizes == [1]


def test_other_shapes_and_types_are_other_batches(model):
    options = BatchingOptions(max_batch_size=8, batch_timeout_micros=LATER)
    batcher = Batcher(model.run, options)
    arrays = [
        np.zeros((1, 2)),
        np.zeros((1, 3)),
        np.zeros((1, 2)),
        np.zeros((1, 2), int),
    ]
    many(batcher, arrays)
    assert sorted(model.sizes) == [1, 1, 2]


def test_a_batch_is_filled_up_to_an_allowed_size(model):
    options = BatchingOptions(
        max_batch_size=8, batch_timeout_micros=LATER, allowed_batch_sizes=(4, 8)
    )
    batcher = Batcher(model.run, options)
    results = many(batcher, [np.full((1, 2), 5), np.full((2, 2), 7)])
    assert model.sizes == [4]
    assert [len(r["y"]) for r in results] == [1, 2]
    np.testing.assert_array_equal(results[1]["y"], np.full((2, 2), 8))


def test_who_sends_a_mistake_is_told_and_the_others_are_answered(model):
    options = BatchingOptions(max_batch_size=3, batch_timeout_micros=LATER)
    batcher = Batcher(model.run, options)
    arrays = [np.full((1, 1), value) for value in (1, -1, 3)]
    one, mistake, other = many(batcher, arrays)
    assert one["y"] == 2 and other["y"] == 4
    assert isinstance(mistake, RequestError) and "no negative" in mistake.message


def test_too_many_are_refused(model):
    model.may_run.clear()
    options = BatchingOptions(
        max_batch_size=1,
        batch_timeout_micros=0,
        max_enqueued_batches=2,
        num_batch_threads=1,
    )
    batcher = Batcher(model.run, options)
    with ThreadPoolExecutor(4) as pool:

        def call(value: int) -> Future:
            return pool.submit(batcher.run, "add", {"x": np.full((1,), value)})

        calls = [call(0)]
        wait_until(lambda: model.calls == 1)  # It runs, and two more may wait.
        for value in (1, 2):
            calls.append(call(value))
            wait_until(lambda number=value: waiting(batcher) == number)
        refused = call(3).exception(timeout=30)
        model.may_run.set()
        results = [one.result() for one in calls]
    assert isinstance(refused, RequestError)
    assert refused.code == grpc.StatusCode.UNAVAILABLE
    assert [int(r["y"][0]) for r in results] == [1, 2, 3]


def test_what_no_batch_can_take_runs_alone(model):
    batcher = Batcher(model.run, BatchingOptions(max_batch_size=2))
    assert len(batcher.run("add", {"x": np.zeros((5, 1))})["y"]) == 5
    assert model.sizes == [5]


def test_closing_finishes_what_waits(model):
    options = BatchingOptions(max_batch_size=8, batch_timeout_micros=LATER)
    batcher = Batcher(model.run, options)
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(batcher.run, "add", {"x": np.zeros((1, 1))})
        wait_until(lambda: waiting(batcher) == 1)
        batcher.close()
        assert call.result(timeout=5)["y"] == 1
    assert batcher.run("add", {"x": np.ones((1, 1))})["y"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_batch_size": 0}, "max_batch_size must be 1 or more, got 0"),
        ({"batch_timeout_micros": -1}, "batch_timeout_micros"),
        ({"allowed_batch_sizes": (4, 2)}, "must rise and end with"),
        ({"allowed_batch_sizes": (2, 4)}, "max_batch_size \\(8\\), got \\[2, 4\\]"),
    ],
)
def test_options(options, message):
    with pytest.raises(InputError, match=message):
        BatchingOptions(**options)


def test_streams_in_batches_are_streams_alone(start_server, street_model, toy_clips):
    """Of weights of chance, which amplify rounding, the first frame is compared."""
    server = start_server(
        {"vid2vid": street_model.parent},
        batching=BatchingOptions(max_batch_size=4, batch_timeout_micros=20_000),
    )

    def stream(clip) -> np.ndarray:
        video = (clip["conditions"], clip["instances"], clip["frames"][:2])
        with Vid2VidClient(f"127.0.0.1:{server.port}") as client:
            return next(client.stream(*video))

    alone = [stream(clip) for clip in toy_clips]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(stream, toy_clips * 2))
    for index, frames in enumerate(together):
        difference = np.abs(frames.astype(int) - alone[index % 3].astype(int))
        assert difference.max() <= 1
        assert (difference == 0).mean() >= 0.999
