"""Events → sessions → data files."""

import os

# Read by the allocator of Polars when that is loaded. A run allocates and frees the same large buffers again and again: by
# default each is given back to the system at once and faulted in anew, which cost a third of all processor time; few
# arenas keep peak memory where it was. Freed memory still goes back, after ten seconds.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "narenas:4,oversize_threshold:0,dirty_decay_ms:10000,muzzy_decay_ms:0"
)
