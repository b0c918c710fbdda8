"""One module for each object type."""
