"""The append-only files of collected events: their names, their format, how to write and read them."""
