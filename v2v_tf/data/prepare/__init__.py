"""From a source to a folder of clip records, by Beam."""
