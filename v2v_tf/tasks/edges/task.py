"""Defines the task `edges`: Canny edges of any frame, or ready edge maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from v2v_tf.tasks.edge_maps import EdgeMapTask
from v2v_tf.tasks.edges.config import EdgesConfig
from v2v_tf.tasks.edges.drawn_frames import DrawnFrameStatistics, doubts_of_frames
from v2v_tf.tasks.plausibility import DrawnShare, empty_rule
from v2v_tf.tasks.rules import ClipRule
from v2v_tf.tasks.task import FileKind

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.adherence import Adherence
    from v2v_tf.tasks.edges.conditioning import EdgesConditioning

_DRAWN = "frames_like_drawings"
_ALL = "frames_looked_at"


class EdgesTask(EdgeMapTask):
    """Conditions on one plane: drawn from the frame, so of any video, or given.

    A line of Canny edges is a pixel wide: of one that moves no median is left.
    """

    name = "edges"
    config_class = EdgesConfig
    default_preset = "video_edges"
    map_folder = "edges"
    draws_from_frames = True

    def conditioning(self, config: Config) -> EdgesConditioning:
        """See base class."""
        from v2v_tf.tasks.edges.conditioning import EdgesConditioning

        return EdgesConditioning(config.conditioning.edges, config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: frames, and before them edge maps where they are given."""
        if not _are_given(config):
            return (FileKind("img", other_folder="B"),)
        return self.map_files(
            "put the edge maps there, or --set conditioning.edges.source=canny to find "
            "edges in the frames"
        )

    def takes_videos(self, config: Config) -> bool:
        """See base class: not where edge maps are given."""
        return not _are_given(config)

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: there are edges."""
        edges = config.conditioning.edges
        advice = (
            "look at the files of train_edges"
            if _are_given(config)
            else "no edges are found, lower conditioning.edges.high_threshold, which "
            f"is {edges.high_threshold:g}, and low_threshold"
        )
        return (empty_rule(advice),)

    def statistics(self, config: Config) -> DrawnShare:
        """See base class: also of the frames, where edges are found in them."""
        if _are_given(config):
            return super().statistics(config)
        return DrawnFrameStatistics(self.is_shown)

    def summarize(self, counts: tuple[int, ...]) -> dict[str, Any]:
        """See base class: frames that look like drawings, and all frames."""
        return dict(zip((_DRAWN, _ALL), counts, strict=True)) if counts else {}

    def adherence(self, config: Config) -> Adherence | None:
        """See base class; edges that were given cannot be found again."""
        if _are_given(config):
            return None
        from v2v_tf.tasks.edges.canny import draw_edges
        from v2v_tf.tasks.picture_adherence import lines_adherence

        edges = config.conditioning.edges
        return lines_adherence(
            *("edge_f1", "Edge F1", "edges"), lambda frame: draw_edges(frame, edges)
        )

    def doubts(self, statistics: Mapping[str, Any], config: Config) -> Iterator[str]:
        """See base class: edges of what are edges already."""
        drawn, total = statistics.get(_DRAWN, 0), statistics.get(_ALL, 0)
        yield from doubts_of_frames(drawn, total)


def _are_given(config: Config) -> bool:
    return config.conditioning.edges.source == "given"


TASK = EdgesTask()
