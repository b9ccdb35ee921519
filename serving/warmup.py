"""Replays the requests that come with a model, before it is served."""

from __future__ import annotations

import itertools

import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow_serving.apis import prediction_log_pb2

from serving import prediction
from serving.model import LoadedModel
from serving.status import RequestError
from v2v_tf.errors import InputError
from v2v_tf.export.versions import EXTRA, WARMUP_FILE

MAX_RECORDS = 1000


def replay(model: LoadedModel) -> int:
    """Runs the warm-up requests of a model; those that are no Predict are left out.

    Returns:
        The number of requests in the file; 0 where there is none.

    Raises:
        InputError: the file is damaged, has more than 1000 records, or a request fails.
    """
    path = model.folder / EXTRA / WARMUP_FILE
    if not path.is_file():
        return 0
    count = 0
    try:
        records = tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
        for count, record in enumerate(
            itertools.islice(records, MAX_RECORDS + 1), start=1
        ):
            if count > MAX_RECORDS:
                raise InputError(f"{path}: more than {MAX_RECORDS} requests")
            log = prediction_log_pb2.PredictionLog.FromString(record)
            if log.WhichOneof("log_type") == "predict_log":
                prediction.run(model, model.run, log.predict_log.request)
    except (DecodeError, tf.errors.OpError, RequestError) as error:
        raise InputError(f"{path}: request {count} fails: {error}") from error
    return count
