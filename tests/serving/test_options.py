"""Flags in both spellings, and files in TensorFlow Serving's text formats."""

from __future__ import annotations

import argparse

import pytest

from serving import options
from serving.batching_options import BatchingOptions
from v2v_tf.errors import InputError


def parse(*arguments) -> options.ServerOptions:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    options.add_arguments(parser)
    return options.from_arguments(parser.parse_args([str(a) for a in arguments]))


@pytest.fixture
def write(tmp_path):
    def make(text: str):
        path = tmp_path / "file.txt"
        path.write_text(text)
        return path

    return make


def test_both_spellings(tmp_path):
    ours = parse(
        *("--model-base-path", tmp_path, "--model-name", "m", "--rest-port", 9001),
        *("--file-system-poll-wait-seconds", 2, "--port", 9000),
    )
    theirs = parse(
        f"--model_base_path={tmp_path}",
        *("--model_name=m", "--rest_api_port=9001", "--port=9000"),
        "--file_system_poll_wait_seconds=2",
    )
    assert ours == theirs
    assert (ours.port, ours.rest_port, ours.poll_seconds) == (9000, 9001, 2.0)
    assert ours.models[0].base_path == tmp_path and ours.models[0].num_latest == 1
    assert ours.warm_up and ours.batching is None and ours.tls is None


def test_flags_of_truth(tmp_path):
    base = ("--model_base_path", tmp_path)
    assert parse(*base, "--enable_batching").batching == BatchingOptions()
    assert parse(*base, "--enable_batching=false").batching is None
    assert not parse(*base, "--enable_model_warmup=false").warm_up
    with pytest.raises(SystemExit):
        parse(*base, "--enable_batching=perhaps")


def test_what_the_server_does_not_know_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        parse("--model_base_path", tmp_path, "--tensorflow_session_parallelism=2")
    assert "tensorflow_session_parallelism" in capsys.readouterr().err


def test_models(tmp_path, write):
    path = write(
        f"""
        model_config_list {{
          config {{
            name: "street"  base_path: "{tmp_path}"  model_platform: "tensorflow"
            model_version_policy {{ specific {{ versions: 3 versions: 7 }} }}
            version_labels {{ key: "stable" value: 3 }}
            version_labels {{ key: "canary" value: 7 }}
          }}
          config {{
            name: "face"  base_path: "{tmp_path}"
            model_version_policy {{ latest {{ num_versions: 2 }} }}
          }}
          config {{
            name: "pose"  base_path: "{tmp_path}"
            model_version_policy {{ all {{}} }}
          }}
        }}
        """
    )
    street, face, pose = parse("--model_config_file", path).models
    assert street.specific == (3, 7)
    assert street.labels == {"stable": 3, "canary": 7}
    assert face.select([1, 2, 3]) == [3, 2]
    assert pose.select([1, 2, 3]) == [3, 2, 1]
    assert street.select([1, 3, 9]) == [3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model_config_list {", "text form of TensorFlow Serving's ModelServerConfig"),
        ("", "expected a model_config_list"),
        (
            'model_config_list { config { name: "m" base_path: "/" '
            'model_platform: "caffe" } }',
            "platform 'caffe' is not served",
        ),
        (
            'model_config_list { config { name: "m" base_path: "/" '
            "model_version_policy { specific {} } } }",
            "names no version",
        ),
    ],
)
def test_models_that_cannot_be_served(write, text, message):
    with pytest.raises(InputError, match=message):
        parse("--model_config_file", write(text))


def test_batching(tmp_path, write):
    path = write(
        """
        max_batch_size { value: 4 }
        batch_timeout_micros { value: 3000 }
        num_batch_threads { value: 3 }
        max_enqueued_batches { value: 9 }
        allowed_batch_sizes: 2
        allowed_batch_sizes: 4
        thread_pool_name { value: "any" }
        """
    )
    base = ("--model_base_path", tmp_path)
    found = parse(*base, "--enable_batching", "--batching_parameters_file", path)
    assert found.batching == BatchingOptions(
        max_batch_size=4,
        batch_timeout_micros=3000,
        max_enqueued_batches=9,
        num_batch_threads=3,
        allowed_batch_sizes=(2, 4),
    )
    with pytest.raises(InputError, match="needs --enable-batching"):
        parse(*base, "--batching_parameters_file", path)


def test_monitoring(tmp_path, write):
    base = ("--model_base_path", tmp_path)
    path = write('prometheus_config { enable: true, path: "/metrics" }')
    assert parse(*base, "--monitoring_config_file", path).metrics_path == "/metrics"
    path = write("prometheus_config { enable: false }")
    assert parse(*base, "--monitoring_config_file", path).metrics_path is None


def test_tls(tmp_path, write):
    base = ("--model_base_path", tmp_path)
    path = write('server_key: "k" server_cert: "c" custom_ca: "a" client_verify: true')
    tls = parse(*base, "--ssl_config_file", path).tls
    assert (tls.key, tls.certificate, tls.client_ca) == (b"k", b"c", b"a")
    assert tls.client_verify
    with pytest.raises(InputError, match="needs server_key and server_cert"):
        parse(*base, "--ssl_config_file", write('server_key: "k"'))
    lonely = write('server_key: "k" server_cert: "c" client_verify: true')
    with pytest.raises(InputError, match="client_verify needs custom_ca"):
        parse(*base, "--ssl_config_file", lonely)


def test_values(tmp_path):
    base = ("--model_base_path", tmp_path)
    with pytest.raises(InputError, match="either --model-base-path"):
        parse("--port", 1)
    with pytest.raises(InputError, match="port must be 0 .. 65535, got 70000"):
        parse(*base, "--port", 70000)
    with pytest.raises(InputError, match="below 2048 MB"):
        parse(*base, "--max-message-mb", 4000)
    with pytest.raises(InputError, match="is no folder"):
        parse("--model_base_path", tmp_path / "missing")
    with pytest.raises(InputError, match="cannot be read"):
        parse("--model_config_file", tmp_path / "missing")
