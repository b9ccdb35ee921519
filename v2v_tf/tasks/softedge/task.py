"""The task `softedge`: edge maps of all grey levels, as networks find them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from v2v_tf.tasks.edge_maps import EdgeMapTask
from v2v_tf.tasks.plausibility import empty_rule
from v2v_tf.tasks.rules import ClipRule
from v2v_tf.tasks.softedge.config import SoftEdgeConfig
from v2v_tf.tasks.task import FileKind

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.adherence import Adherence
    from v2v_tf.tasks.softedge.conditioning import SoftEdgeConditioning


class SoftEdgeTask(EdgeMapTask):
    """Conditions on one plane of soft edges, which lie beside the frames.

    Networks are never quite sure that there is no edge: grey levels of up to a quarter
    of the range show none.
    """

    name = "softedge"
    config_class = SoftEdgeConfig
    default_preset = "softedge_256"
    map_folder = "softedge"
    shown_above = 63
    maps_have_median = True

    def conditioning(self, config: Config) -> SoftEdgeConditioning:
        """See base class."""
        from v2v_tf.tasks.softedge.conditioning import SoftEdgeConditioning

        return SoftEdgeConditioning(config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: soft edges and frames."""
        return self.map_files(
            "put the edge maps there, grey levels, 255 on edges; v2v-tf annotate finds "
            "them in videos and frames"
        )

    def adherence(self, config: Config) -> Adherence:
        """See base class."""
        from v2v_tf.tasks.picture_adherence import lines_adherence

        return lines_adherence("softedge_f1", "Soft edge F1", "soft edges")

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: there are edges."""
        return (empty_rule("look at the files of train_softedge"),)


TASK = SoftEdgeTask()
