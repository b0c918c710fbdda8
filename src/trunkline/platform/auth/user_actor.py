"""From a user to the actor that it is at this moment: what its profiles permit now, whatever they did at log-in."""

from trunkline.platform.actors import Actor, Kind
from trunkline.platform.auth.models import LogIn, SecondFactor
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import PROFILE, USER
from trunkline.platform.configuration.types.profile import is_administrative, permissions_of
from trunkline.platform.configuration.types.user import full_name
from trunkline.platform.permissions import Permission
from trunkline.platform.seen import Seen


def find_user(account_id: str, number: int) -> ConfigurationObject | None:
    """The user if it may act: there and enabled."""
    user = ConfigurationObject.objects.filter(
        account_id=account_id, type=USER.name, number=number, deleted=False
    ).first()
    return user if user is not None and user.values["isEnabled"] else None


def profiles_of(user: ConfigurationObject) -> list[ConfigurationObject]:
    """Its profiles, in order of id."""
    return list(
        ConfigurationObject.objects.filter(
            account_id=user.account_id,
            type=PROFILE.name,
            number__in=user.values["profileIds"],
            deleted=False,
        ).order_by("number")
    )


def is_administrator(user: ConfigurationObject) -> bool:
    return any(is_administrative(profile.values) for profile in profiles_of(user))


def has_second_factor(user: ConfigurationObject) -> bool:
    return SecondFactor.objects.filter(account_id=user.account_id, number=user.number).exists()


def actor_of_user(user: ConfigurationObject, seen: Seen, auth_type: str) -> Actor:
    profiles = profiles_of(user)
    permissions: frozenset[Permission] = frozenset().union(
        *(permissions_of(profile.values) for profile in profiles)
    )
    originator = seen.originator(
        auth_type,
        name=full_name(user.values),
        login_name=user.values["loginName"],
        employee_id=user.values["employeeId"],
        profiles=tuple(profile.name for profile in profiles),
    )
    return Actor(Kind.USER, str(user.number), user.account_id, permissions, originator)


def actor_of_log_in(log_in: LogIn, seen: Seen) -> Actor | None:
    """None if the user may not act any more."""
    user = find_user(log_in.account_id, log_in.number)
    return actor_of_user(user, seen, log_in.auth_type) if user else None
