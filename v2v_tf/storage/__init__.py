"""Files and folders that are made whole or not at all, and the run folder."""
