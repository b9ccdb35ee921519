"""Trains vid2vid with plain Keras, from records to a video, by the public API.

v2v-tf toy-street --output clips --size 128x64
v2v-tf prepare --config toy_street --source clips --output records
python examples/train_with_fit.py records street.mp4
"""

import sys

import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data.input.dataset import make_dataset, read_clips
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.visualization.video import write_video


def main(records: str, video: str, *overrides: str) -> None:
    """Trains on `records` and writes the first clip, generated, to `video`."""
    config = configuration.load_config("toy_street", overrides)
    history = config.generator.num_frames - 1

    # Any number of devices: everything is made within a strategy's scope.
    strategy = tf.distribute.get_strategy()
    with strategy.scope():
        model = Vid2Vid(config)
        model.compile(
            generator_optimizer=tf.keras.optimizers.legacy.Adam(4e-4, beta_1=0.5),
            discriminator_optimizer=tf.keras.optimizers.legacy.Adam(4e-4, beta_1=0.5),
        )

    for stage in config.curriculum:  # first the flow alone, then short clips, then long
        dataset = make_dataset(
            records,
            config,
            num_frames=history + stage.num_frames,
            batch_size=stage.batch_size,
            training=True,
            seed=config.seed,
        )
        model.set_stage(stage)
        model.fit(
            dataset,
            epochs=stage.epochs,
            steps_per_epoch=stage.steps_per_epoch,
            callbacks=[tf.keras.callbacks.TerminateOnNaN()],
        )

    clip = next(read_clips(records, config))  # conditions, frames, instances, flow
    result = Synthesizer(config, model.generator).rollout(clip)
    write_video(video, result.fake_frames, fps=12.0)


if __name__ == "__main__":
    main(*sys.argv[1:])
