"""How many files and connections a process may hold open at one time."""

import resource

MOST = 2**16
"""More than a server here needs; a limit in the billions only costs those who look at every number."""


def raise_limit() -> int:
    """Ask for as many as the system grants without further rights. Returns how many may now be open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    granted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft == resource.RLIM_INFINITY or soft >= granted:
        return MOST if soft == resource.RLIM_INFINITY else soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
    return granted
