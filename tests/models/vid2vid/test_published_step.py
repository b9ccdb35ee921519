"""A training step of every network against numbers of NVIDIA/vid2vid's own loop.

The reference data hold initial weights, a batch, every loss term, gradient norms and
updated weights, in float64 PyTorch. Perceptual weights are drawn here from a generator
whose numbers are frozen.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from tests.torch_format.torch_bytes import write_checkpoint
from v2v_tf import config as configuration
from v2v_tf.models.common.loss_terms import total
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.published import nvidia, nvidia_names

pytestmark = pytest.mark.reference
# Of VGG-19 in torchvision: number of the layer, channels in and out.
VGG = (
    *((0, 3, 64), (2, 64, 64), (5, 64, 128), (7, 128, 128), (10, 128, 256)),
    *((12, 256, 256), (14, 256, 256), (16, 256, 256), (19, 256, 512), (21, 512, 512)),
    *((23, 512, 512), (25, 512, 512), (28, 512, 512)),
)
# Our name of a term to theirs.
NAMES = {
    **{"gan": "G_GAN", "feature_matching": "G_GAN_Feat", "perceptual": "G_VGG"},
    **{"image_real": "D_real", "image_fake": "D_fake", "warp": "G_Warp"},
    **{"flow_l1": "F_Flow", "flow_warp": "F_Warp", "mask": "W"},
    **{"gan_face": "G_f_GAN", "feature_matching_face": "G_f_GAN_Feat"},
    **{"face_real": "D_f_real", "face_fake": "D_f_fake"},
}
for s in range(3):
    NAMES |= {
        f"gan_temporal_s{s}": f"G_T_GAN{s}",
        f"feature_matching_temporal_s{s}": f"G_T_GAN_Feat{s}",
        f"temporal_s{s}_real": f"D_T_real{s}",
        f"temporal_s{s}_fake": f"D_T_fake{s}",
    }
# Relative: terms of the first chunk follow from weights and batch alone, later ones
# from frames that both sides generated, and real ones from neither.
FIRST, LATER, REAL = 3e-5, 3e-2, 1e-5


@pytest.fixture(scope="module")
def folder(reference) -> Path:
    found = reference / "fixtures" / "training_step"
    if not found.is_dir():
        pytest.skip("reference data absent: no fixtures/training_step")
    return found


@pytest.fixture(scope="module")
def vgg_file(tmp_path_factory) -> Path:
    rng, arrays = np.random.RandomState(11), {}
    for number, inputs, outputs in VGG:
        scale = np.sqrt(2 / (9 * inputs))
        kernel = rng.randn(outputs, inputs, 3, 3) * scale
        arrays[f"features.{number}.weight"] = kernel.astype("<f4")
        arrays[f"features.{number}.bias"] = (rng.randn(outputs) * 0.05).astype("<f4")
    path = tmp_path_factory.mktemp("vgg") / "vgg.pth"
    write_checkpoint(path, arrays)
    return path


@pytest.fixture(autouse=True)
def eagerly():
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


class Recorder:
    """Takes a step of training on a case, and keeps what each chunk gave."""

    def __init__(self, folder: Path, name: str, spec: dict, vgg_file: Path) -> None:
        stage = (
            f"curriculum.0.num_frames={spec['generated']}",
            f"curriculum.0.chunk_frames={spec['chunk']}",
            f"losses.perceptual_weights={vgg_file}",
        )
        config = configuration.load_config(None, (*spec["overrides"], *stage))
        self.spec, self.model = spec, Vid2Vid(config)
        adam = tf.keras.optimizers.legacy.Adam(
            beta_1=config.optimizer.beta_1,
            beta_2=config.optimizer.beta_2,
            epsilon=config.optimizer.epsilon,
        )
        self.model.compile(adam, adam)
        self.model.build_networks(spec["height"], spec["width"])
        self.model.set_learning_rates(spec["lr"], spec["lr"])
        self.init = dict(np.load(folder / f"{spec['init']}_init.npz"))
        for key, network in self.networks.items():
            own = {
                k.partition("/")[2]: v for k, v in self.init.items() if _of(k) == key
            }
            nvidia.restore(network, own, key)
        self.records: list[dict[str, float]] = []
        self.first_frames = np.zeros(0)
        self.after: dict[str, tuple] = {}
        self._inner = self.model._step
        self.model._step = self._take
        batch = dict(np.load(folder / f"{name}_batch.npz"))
        batch["flow_confidence"] = batch["flow_confidence"].astype(np.float32)
        if "instances" in batch:
            batch["instances"] = batch["instances"].astype(np.int32)
        self.model.train_step({k: tf.constant(v) for k, v in batch.items()})

    @property
    def networks(self) -> dict[str, tf.keras.Model]:
        model = self.model
        found = {f"G{i}": scale for i, scale in enumerate(model.generator.scales)}
        found["D"] = model.image_discriminator
        temporal = enumerate(model.temporal_discriminators)
        found |= {f"D_T{i}": network for i, network in temporal}
        if model.face_discriminator is not None:
            found["D_f"] = model.face_discriminator
        return found

    def _take(self, *inputs):
        result = self._inner(*inputs)
        record = {
            NAMES[name]: float(term)
            for terms in result.losses.values()
            for name, term in terms.items()
        }
        for who, terms in result.losses.items():
            names = {"generator": "loss_G", "image": "loss_D"}
            record[names.get(who, f"loss_D_T{who[-1]}")] = float(total(who, terms))
        if not self.records:
            self.first_frames = result.frames[:, -self.spec["chunk"] :].numpy()
            self._keep_weights(result.losses)
        self.records.append(record)
        return result

    def _keep_weights(self, losses) -> None:
        for key, network in self.networks.items():
            name = _optimized_with(key)
            optimizer = self.model.subnetworks[name].optimizer
            for module, layer in nvidia_names.modules(network):
                for part, weight in nvidia_names.weights(module, layer).items():
                    moment = None
                    if name in losses:
                        moment = optimizer.get_slot(weight, "m").numpy()
                    self.after[f"{key}/{part}"] = (weight.numpy(), moment)


def _of(key: str) -> str:
    return key.partition("/")[0]


def _optimized_with(key: str) -> str:
    if key[0] == "G":
        return "generator"
    return "image" if key in ("D", "D_f") else f"temporal_s{key[3:]}"


def _keras(values: np.ndarray) -> np.ndarray:
    return values.transpose(2, 3, 1, 0) if values.ndim == 4 else values


def _bound(name: str, chunk: int, trained: bool) -> float:
    if "real" in name:
        # Discriminators have followed other frames by the third chunk.
        return (REAL, 1e-3, LATER)[min(chunk, 2)] if trained else REAL
    return FIRST if chunk == 0 else LATER


CASES = ("fx_street",)


@pytest.mark.parametrize("name", CASES)
def test_a_step_is_the_published_one(folder, vgg_file, name):
    spec = json.loads((folder / "cases.json").read_text())[name]
    made = Recorder(folder, name, spec, vgg_file)
    theirs = np.load(folder / f"{name}_frames.npz")["fake0"].transpose(0, 1, 3, 4, 2)
    np.testing.assert_allclose(made.first_frames, theirs, atol=2e-4)
    assert len(made.records) == len(spec["losses"])
    _check_losses(made, spec)
    if spec["lr"]:
        _check_weights(made, folder, spec)


def _check_losses(made: Recorder, spec: dict) -> None:
    # NVIDIA/vid2vid divides feature matching of faces by the number of discriminators.
    scales = made.model.experiment.discriminator.num_scales
    face = scales / max(1, scales - 2)
    for chunk, (ours, theirs) in enumerate(
        zip(made.records, spec["losses"], strict=True)
    ):
        theirs = {k: v for k, v in theirs.items() if not k.startswith("G_T_Warp")}
        if "G_f_GAN_Feat" in theirs:
            theirs["loss_G"] += (face - 1) * theirs["G_f_GAN_Feat"]
            theirs["G_f_GAN_Feat"] *= face
        for name in sorted({*ours, *theirs}):
            mine, other = ours.get(name, 0.0), theirs.get(name, 0.0)
            bound = _bound(name, chunk, bool(spec["lr"]))
            text = f"chunk {chunk}, {name}"
            assert mine == pytest.approx(other, rel=bound, abs=bound * 1e-6), text


def _check_weights(made: Recorder, folder: Path, spec: dict) -> None:
    theirs = dict(np.load(folder / f"{spec['init']}_step.npz"))
    largest: dict[str, float] = {}
    for key, values in theirs.items():
        if key.startswith("g/"):
            net = _of(key[2:])
            largest[net] = max(largest.get(net, 0.0), values[0])
    moved: dict[str, list[tuple[float, int]]] = {}
    for key, (weight, moment) in made.after.items():
        net = _of(key)
        if f"g/{key}" not in theirs:
            assert moment is None or not np.abs(moment).max(), key
            continue
        norm, gradient = theirs[f"g/{key}"][0], moment / 0.5
        if norm < 1e-9 * largest[net]:
            # Nothing depends on it, such as a bias before a norm.
            assert np.linalg.norm(gradient) <= 1e-6 * largest[net], key
            continue
        loose = net[0] == "G"
        rel = 0.05 if loose else 1e-3
        assert np.linalg.norm(gradient) == pytest.approx(norm, rel=rel), key
        change = (weight - _keras(made.init[key])) / spec["lr"]
        other = _keras(theirs[f"d/{key}"].astype(np.float32))
        # Adam's first step is nearly the sign of the gradient: off where that is noise.
        off = float(np.mean(np.abs(change - other) > 0.1))
        moved.setdefault(net, []).append((off, other.size))
    for net, rows in moved.items():
        share = sum(off * size for off, size in rows) / sum(size for _, size in rows)
        assert share <= (0.02 if net[0] == "G" else 1e-3), net
