"""From sessions to the lines of data files. Begin at `lines`; a module for what stands in the records of each data type."""
