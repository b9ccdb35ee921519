"""TaskSchemaGen hands the schema that was made from a task to later components.

TFX's ImportSchemaGen copies a file, which would have to lie where every container
sees it. The text of a schema is short and travels in the pipeline's definition.
"""

# Not postponed: TFX reads the annotations.
from pathlib import Path

from tfx.v1.dsl.components import OutputArtifact, Parameter, component
from tfx.v1.types.standard_artifacts import Schema

FILE = "schema.pbtxt"


@component
def TaskSchemaGen(  # noqa: N802
    schema: OutputArtifact[Schema], text: Parameter[str]
) -> None:
    """Writes a schema where later components look for it.

    Args:
        schema: artifact of the schema, a folder with one file.
        text: the schema as text, from `schema.schema_text`.
    """
    folder = Path(schema.uri)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
