"""Makes a pack of a run: weights that are numbers alone, and what a stranger asks."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from v2v_tf import config as configuration
from v2v_tf.config import Config, RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.inference.style_mixture import STYLES_FILE, load_mixture
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.registry import build_model
from v2v_tf.published.nvidia_import import IMPORT_FILE
from v2v_tf.storage import packs, runs
from v2v_tf.storage.folders import making, require_replaceable
from v2v_tf.storage.packs import PackFacts
from v2v_tf.storage.weights import save_weights

_SMALLEST = 64  # pixels; weights do not depend on the size


@dataclass(frozen=True)
class PackTexts:
    """Says what a run cannot know of a pack.

    Attributes:
        summary: one sentence: what it draws, from what, at which size.
        licence: licence of the weights, such as `Apache-2.0`.
        training_data: what it was trained on, and under which licence.
        metrics: what was measured on clips that were not trained on, by name.
        made_by: `commit` of the project and `command` that made the run.
        card: text of the model card after its first lines, Markdown.
        pictures: pictures and videos of the card, copied beside it.

    Example:
        ```python
        >>> from v2v_tf import PackTexts
        >>> PackTexts("A toy street.", "Apache-2.0", "The toy street.").metrics
        {}

        ```
    """

    summary: str
    licence: str
    training_data: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    made_by: Mapping[str, str] = field(default_factory=dict)
    card: str = ""
    pictures: Sequence[Path] = ()


def save_pretrained(
    run_dir: str | Path,
    folder: str | Path,
    texts: PackTexts,
    *,
    half: bool = False,
    discriminators: bool = True,
    overwrite: bool = False,
) -> PackFacts:
    """Makes a pack of a run; its name is that of the folder.

    Args:
        run_dir: run of a video model, with the network for first frames that it
            brings, or of an image generator.
        folder: folder to write; it appears when all is there.
        texts: what the run cannot know.
        half: store weights as float16: half the size, and frames that differ by
            rounding.
        discriminators: store those too, which fine-tuning begins with.
        overwrite: replace a pack that is there.

    Returns:
        What the pack says of itself.

    Raises:
        InputError: no run, no checkpoint, a name that no pack can have, or a picture
            that is none.

    Example:
        ```python
        >>> from v2v_tf import PackTexts, save_pretrained
        >>> texts = PackTexts("A toy street.", "Apache-2.0", "The toy street.")
        >>> save_pretrained("runs/toy", "packs/toy-street", texts).name
        'toy-street'

        ```
    """
    run_dir, folder = Path(run_dir), Path(folder).resolve()
    packs.check_name(folder.name)
    for name in ("summary", "licence", "training_data"):
        if not getattr(texts, name).strip():
            raise InputError(f"a pack says its {name}: name it")
    for picture in texts.pictures:
        if not picture.is_file() or picture.suffix.lower() not in packs.PICTURES:
            raise InputError(f"{picture}: expected a picture or a video of the card")
    if len({picture.name for picture in texts.pictures}) < len(texts.pictures):
        raise InputError("two pictures of the card have one name: rename one")
    require_replaceable(
        folder,
        overwrite=overwrite,
        is_ours=lambda path: (path / packs.PACK_FILE).is_file(),
        what="pack",
        option="--output",
        inputs=[run_dir],
    )
    packs.require_run(run_dir)
    if (run_dir / STYLES_FILE).is_file():
        load_mixture(run_dir, runs.load_config(run_dir))  # refuses those of other steps
    facts = PackFacts(
        name=folder.name,
        summary=texts.summary.strip(),
        licences={
            "weights": _licence(run_dir, texts.licence),
            "training_data": texts.training_data,
        },
        step=runs.newest_step(run_dir),
        metrics=dict(texts.metrics),
        made_by=dict(texts.made_by),
    )
    with making(folder) as working:
        _write_model(run_dir, working, half, discriminators)
        first = run_dir / runs.FIRST_FRAME_FOLDER
        if runs.is_run(first):
            (working / runs.FIRST_FRAME_FOLDER).mkdir()
            _write_model(first, working / runs.FIRST_FRAME_FOLDER, half, False)
        if (run_dir / STYLES_FILE).is_file():
            shutil.copyfile(run_dir / STYLES_FILE, working / STYLES_FILE)
        _write_origin(run_dir, working)
        for picture in texts.pictures:
            shutil.copyfile(picture, working / picture.name)
        (working / "README.md").write_text(_card(facts, texts), encoding="utf-8")
        packs.write_facts(working, facts)
    return packs.read_facts(folder)


def _write_model(run_dir: Path, folder: Path, half: bool, discriminators: bool) -> None:
    """Writes configuration and weights of one model, those that are generated with."""
    config = runs.load_config(run_dir)
    losses = dataclasses.replace(config.losses, perceptual=0.0)
    with precision_scope(config.runtime):
        model = build_model(dataclasses.replace(config, losses=losses))
        model.build_networks(_SMALLEST, _SMALLEST)
    runs.restore_generator(model.generator, run_dir)
    generator = {"generator": model.generator}
    save_weights(folder / packs.WEIGHTS_FILE, generator, half)
    if discriminators:
        parts = {
            name: part
            for name, part in model.saved_parts().items()
            if name.endswith(("_discriminator", "_discriminators"))
        }
        # Imported checkpoints have none: what was not restored is random.
        there = runs.restore_parts(run_dir, parts)
        kept = {name: part for name, part in parts.items() if name in there}
        if kept:
            save_weights(folder / packs.DISCRIMINATORS_FILE, kept, half)
    text = configuration.to_yaml(_portable(config))
    (folder / runs.CONFIG_FILE).write_text(text, encoding="utf-8")


def _licence(run_dir: Path, said: str) -> str:
    """Returns the licence of the weights, with that of an imported checkpoint."""
    path = run_dir / IMPORT_FILE
    if not path.is_file():
        return said
    imported = json.loads(path.read_text(encoding="utf-8"))["licence"]
    return f"{said}. {imported.rstrip('.')}"


def _portable(config: Config) -> Config:
    """Returns a configuration without what belongs to one machine.

    That is the path of a file, and on what and in which precision it computed: bfloat16
    is fast on few processors and slow on all others.
    """
    runtime = RuntimeConfig(optimize_graph=config.runtime.optimize_graph)
    config = dataclasses.replace(config, runtime=runtime)
    if config.losses.perceptual_weights in ("imagenet", "none"):
        return config
    losses = dataclasses.replace(config.losses, perceptual_weights="none")
    return dataclasses.replace(config, losses=losses)


def _write_origin(run_dir: Path, folder: Path) -> None:
    """Writes what the run was trained on, without where that lay."""
    path = run_dir / runs.ORIGIN_FILE
    if not path.is_file():
        return
    origin: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    origin |= {"warm_start": "", "files": {}}
    (folder / runs.ORIGIN_FILE).write_text(json.dumps(origin, indent=1))


def _card(facts: PackFacts, texts: PackTexts) -> str:
    """Returns the model card, with the front matter that model hubs read."""
    lines = [
        "---",
        f"license: {json.dumps(facts.licences['weights'])}",
        "library_name: v2v_tf",
        "tags: [video-to-video, vid2vid, tensorflow]",
        "---",
        "",
        f"# {facts.name}",
        "",
        facts.summary,
        "",
        f"- Weights: {facts.licences['weights']}.",
        f"- Training data: {facts.licences['training_data']}",
        f"- Steps of training: {facts.step}.",
        *(f"- {name.capitalize()}: `{text}`" for name, text in facts.made_by.items()),
        "",
    ]
    if facts.metrics:
        rows = [f"| {name} | {value:.4g} |" for name, value in facts.metrics.items()]
        lines += ["| measured on clips of its own kind | |", "|---|---|", *rows, ""]
    for picture in texts.pictures:
        lines += [f"![{facts.name}]({picture.name})", ""]
    return "\n".join([*lines, texts.card.strip(), ""]).rstrip() + "\n"
