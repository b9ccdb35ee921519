"""The page of a run: what its folder, its clips and comparisons have to show."""
