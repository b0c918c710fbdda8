"""From a bearer token to the actor who holds it, whichever kind of token it is."""

from trunkline.platform.actors import Actor, Kind
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth import client_tokens, logins
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import Seen

MAX_TOKEN = 4096


def actor_of_token(token: str, seen: Seen) -> Actor:
    """Raises `NotProven`."""
    try:
        if len(token) > MAX_TOKEN:
            raise NotProven("The token is too long to be one of ours.", reason="invalid_token")
        # Tokens of log-ins are hexadecimal.
        holder = client_tokens.actor_of_token if "." in token else logins.actor_of_bearer
        return holder(token, seen)
    except NotProven:
        note("", Event.TOKEN_REFUSED, Actor(Kind.NOBODY, originator=seen.originator("")))
        raise
