"""From events to sessions: pure rules on frames. Begin at `job`."""

from trunkline.pipeline.sessions.job import late_actors, sessions
from trunkline.pipeline.sessions.kinds import Kind
from trunkline.pipeline.sessions.outcome import Outcome

__all__ = ["Kind", "Outcome", "late_actors", "sessions"]
