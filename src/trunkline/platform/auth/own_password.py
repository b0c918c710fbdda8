"""Users change their own passwords, also those that have expired, with the old one."""

from trunkline.platform.accounts.passwords import check_new_password, replace_password
from trunkline.platform.audit.trail import changing
from trunkline.platform.auth.logins import digest_of
from trunkline.platform.auth.proving import prove
from trunkline.platform.auth.user_actor import actor_of_user
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.refusals import Invalid
from trunkline.platform.seen import Seen


def change_own_password(
    account_id: str, login_name: str, old: str, new: str, *, seen: Seen, device: str = "", token: str = ""
) -> ConfigurationObject:
    """Ends the user's log-ins but the one with `token`. Raises `NotProven`, `TooMany` as a log-in does, and `Invalid`."""
    user = prove(account_id, login_name, old, seen=seen, device=device)
    if old == new:
        raise Invalid("The new password is the old one.", field="password")
    check_new_password(user, new)
    with changing(actor_of_user(user, seen, "console"), account_id) as trail:
        user.refresh_from_db()
        but = digest_of(token) if token else ""
        replace_password(trail, user, new, change_at_next_log_in=False, but=but)
    return user
