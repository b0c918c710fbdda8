"""Run tap-liveperson, a published client of the Data Access API, as it is, against a host of ours.

Its source names LivePerson's London host; that name alone is replaced. The libraries that it pins are older than Python 3.10, which
took the abstract classes out of `collections`.
"""

import collections
import collections.abc
import os

for name in collections.abc.__all__:
    setattr(collections, name, getattr(collections.abc, name))

import tap_liveperson  # noqa: E402
from tap_liveperson.streams.agent_activity import AgentActivityStream  # noqa: E402

AgentActivityStream.get_domain = lambda _self: os.environ["DATA_ACCESS_HOST"]
tap_liveperson.main()
