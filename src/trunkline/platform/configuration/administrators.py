"""An account that has had an administrator always has one: nobody else could make the next."""

from trunkline.platform.configuration.object_types import Others
from trunkline.platform.configuration.types.profile import is_administrative
from trunkline.platform.refusals import Conflict


def has_administrator(others: Others) -> bool:
    """True if an enabled user has a profile with which to change what others may do."""
    return any(
        user.values["isEnabled"]
        for profile in others.all("profile")
        if is_administrative(profile.values)
        for user in others.users_of(profile.number)
        if user.type == "user"
    )


def check_one_is_left(others: Others) -> None:
    """Raises `Conflict`."""
    if not has_administrator(others):
        raise Conflict(
            "This would leave the account without an administrator; give another enabled user an administrator's profile first.",
            reason="last_administrator",
        )
