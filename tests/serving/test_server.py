"""The server as a program: started, stopped under load, refused a port, with TLS."""

from __future__ import annotations

import datetime
import ipaddress
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2, health_pb2_grpc

from serving.client import Vid2VidClient
from serving.options import TlsOptions
from serving.protocol import Retries

ONCE = Retries(attempts=1)


@pytest.fixture
def launch(free_port):
    """Starts `python -m serving.server`; kills it in the end."""
    started = []

    def start(base: Path, *more: str, wait: bool = True):
        port = free_port()
        command = [
            *(sys.executable, "-m", "serving.server", "--host=127.0.0.1"),
            *(f"--model_base_path={base}", "--model_name=vid2vid", f"--port={port}"),
            *("--rest_api_port=0", *more),
        ]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        started.append(process)
        if wait:
            for line in process.stdout:
                if line.startswith("serving vid2vid: gRPC on"):
                    break
            else:
                pytest.fail("the server ended before it served")
        return process, port

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.slow
def test_sigterm_under_load_lets_requests_end(launch, street_model, toy_clips):
    process, port = launch(street_model.parent)
    clip = toy_clips[0]
    video = (clip["conditions"], clip["instances"], clip["frames"][:2])
    outcomes = []
    answered = [threading.Event() for _ in range(3)]

    def stream(one_answered: threading.Event):
        with Vid2VidClient(f"127.0.0.1:{port}", retries=ONCE) as client:
            try:
                while True:
                    outcomes.append(len(list(client.stream(*video))))
                    one_answered.set()
            except grpc.RpcError as error:
                outcomes.append((error.code(), error.details()))

    threads = [threading.Thread(target=stream, args=(event,)) for event in answered]
    for thread in threads:
        thread.start()
    assert all(event.wait(60) for event in answered)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == 0
    for thread in threads:
        thread.join()
    assert "requests that run may end" in process.stdout.read()
    # What had begun was answered; what came later found no server.
    failed = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
    assert [code for code, _ in failed] == [grpc.StatusCode.UNAVAILABLE] * 3
    assert outcomes.count(6) >= 3


@pytest.mark.slow
def test_a_port_that_is_taken(launch, street_model):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process, _ = launch(street_model.parent, f"--port={port}", wait=False)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in output
    assert "Traceback" not in output


def test_two_servers_do_not_share_a_port(start_server, server, street_model):
    from v2v_tf.errors import InputError

    with pytest.raises(InputError, match="cannot listen on"):
        start_server({"vid2vid": street_model.parent}, port=server.port)


@pytest.mark.slow
def test_a_model_that_cannot_be_loaded_ends_the_program(launch, tmp_path):
    broken = tmp_path / "m" / "1"
    broken.mkdir(parents=True)
    (broken / "saved_model.pb").write_bytes(b"\xff" * 100)
    process, _ = launch(tmp_path / "m", wait=False)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "no version can be served of vid2vid" in output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_model_that_comes_later(start_server, street_model, tmp_path):
    base = tmp_path / "m"
    base.mkdir()
    server = start_server({"vid2vid": base})
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        kinds = health_pb2.HealthCheckResponse

        def health() -> int:
            return stub.Check(health_pb2.HealthCheckRequest()).status

        assert health() == kinds.NOT_SERVING
        (base / "1").symlink_to(street_model)
        deadline = time.monotonic() + 60
        while health() != kinds.SERVING:
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.slow
def test_a_full_disk_stops_nothing(launch, street_model, toy_clips):
    """From one moment on no byte can be written any more; frames still come."""
    process, port = launch(street_model.parent)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, 0))
    clip = toy_clips[0]
    with Vid2VidClient(f"127.0.0.1:{port}") as client:
        frames = list(
            client.stream(clip["conditions"], clip["instances"], clip["frames"][:2])
        )
    assert len(frames) == 6
    assert process.poll() is None


def certificate(name: str, issuer=None, issuer_key=None):
    """Returns a certificate and its key; signed by itself without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
            ),
            critical=False,
        )
        .add_extension(
            x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True
        )
        .sign(issuer_key or key, hashes.SHA256())
    )
    return made, key


def pem(thing) -> bytes:
    if isinstance(thing, x509.Certificate):
        return thing.public_bytes(serialization.Encoding.PEM)
    return thing.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def test_tls_with_client_certificates(start_server, street_model, toy_clips):
    root, root_key = certificate("root")
    mine, my_key = certificate("server", root, root_key)
    theirs, their_key = certificate("client", root, root_key)
    tls = TlsOptions(pem(my_key), pem(mine), client_ca=pem(root), client_verify=True)
    server = start_server({"vid2vid": street_model.parent}, tls=tls)
    target = f"127.0.0.1:{server.port}"
    clip = toy_clips[0]
    known = grpc.ssl_channel_credentials(pem(root), pem(their_key), pem(theirs))
    with Vid2VidClient(target, credentials=known, retries=ONCE) as client:
        frames = client.stream(
            clip["conditions"], clip["instances"], clip["frames"][:2]
        )
        assert next(frames).shape == (32, 64, 3)
    nameless = grpc.ssl_channel_credentials(pem(root))
    for credentials in (nameless, None):
        with Vid2VidClient(target, credentials=credentials, retries=ONCE) as client:
            with pytest.raises(grpc.RpcError) as error:
                client.interface()
            assert error.value.code() == grpc.StatusCode.UNAVAILABLE
