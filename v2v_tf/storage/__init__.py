"""Makes files and folders whole or not at all, and reads run folders."""
