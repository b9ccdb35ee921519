"""Makes a folder of clip records from a source, by Beam."""
