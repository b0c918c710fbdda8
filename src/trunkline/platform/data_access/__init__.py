"""Data files: the catalogue that the pipeline fills, and the Data Access API that serves it."""
