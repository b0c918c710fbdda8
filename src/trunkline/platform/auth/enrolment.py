"""The first second factor of somebody who is at the console: from there on the log-in is another."""

from trunkline.platform.actors import Actor
from trunkline.platform.auth.logins import AUTH_TYPES, LogInKind, NewLogIn, begin
from trunkline.platform.auth.second_factor import enrol, read_user
from trunkline.platform.seen import Seen


def enrol_at_console(actor: Actor, sealed: str, code: str, *, seen: Seen) -> tuple[NewLogIn, list[str]]:
    """A log-in with a new token, which ends the one that had only the password, and the recovery codes, shown once.

    Raises what `second_factor.enrol` does.
    """
    codes = enrol(actor, sealed, code)
    user = read_user(str(actor.account_id), int(actor.id))
    kind = LogInKind.CONSOLE
    return begin(user, seen, kind, AUTH_TYPES[kind], secondFactor="enrolled"), codes
