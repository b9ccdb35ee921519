"""Generation from a source: conditions in, video out, whatever people bring."""
