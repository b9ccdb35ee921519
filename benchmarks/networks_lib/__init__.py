"""Parts of `benchmarks/networks.py`; a folder, as `make bench` runs every file."""
