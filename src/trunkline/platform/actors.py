"""Who acts, and what they may do."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from trunkline.platform.permissions import ADMINISTRATION, Permission, implied_by
from trunkline.platform.refusals import NotFound, NotPermitted

__all__ = ["OPERATOR", "SYSTEM", "Actor", "Kind", "Originator", "Permission"]


class Kind(StrEnum):
    OPERATOR = "operator"
    KEY = "key"
    USER = "user"
    SYSTEM = "system"
    NOBODY = "nobody"
    """Has not proven who it is."""


@dataclass(frozen=True)
class Originator:
    """What the audit trail says of an actor, as it was at the moment of the act. Never a permission."""

    name: str = ""
    login_name: str = ""
    employee_id: str = ""
    profiles: tuple[str, ...] = ()
    user_agent: str = ""
    auth_type: str = ""
    """How the actor proved to be who it is: `login`, `console`, `oauth1`, `oauth2`, `command-line`; empty for the system."""
    address: str = ""
    is_lpa: bool = False
    """Works for the operator of the platform, not for the account."""
    request_id: str = ""


@dataclass(frozen=True)
class Actor:
    """Whoever calls a verb. An operator (the command line) and the system act for every account."""

    kind: Kind
    id: str = ""
    account_id: str | None = None
    permissions: frozenset[str] = frozenset()
    originator: Originator = field(default=Originator(), compare=False)

    def may(self, permission: Permission, account_id: str) -> bool:
        """True if this actor may do that for that account."""
        if self.kind in (Kind.OPERATOR, Kind.SYSTEM):
            return True
        return account_id == self.account_id and not self.permissions.isdisjoint(implied_by(permission))

    def administers(self, account_id: str) -> bool:
        """True if this actor may do all that an administrator of that account may."""
        return all(self.may(permission, account_id) for permission in ADMINISTRATION)

    def check_may_give(self, permissions: Iterable[Permission], account_id: str, *, field: str) -> None:
        """Nobody gives others, or itself, what it may not do itself; administrators give everything. Raises `NotPermitted`."""
        lacking = sorted(permission for permission in permissions if not self.may(permission, account_id))
        if lacking and not self.administers(account_id):
            raise NotPermitted(
                f"You cannot give the permission {lacking[0]}, which you do not have; ask an administrator.",
                reason="permission_missing",
                field=field,
            )

    def require(self, permission: Permission, account_id: str) -> None:
        """Return if this actor may do that for that account; the first line of every verb.

        Raises `NotFound` for an account that is not the actor's own, whether it exists or not, and `NotPermitted`.
        """
        if self.may(permission, account_id):
            return
        if account_id != self.account_id:
            raise NotFound(
                "There is no such account, or it is not the account of this key.", reason="no_account"
            )
        who, whom = ("This key", "an operator") if self.kind == Kind.KEY else ("You", "an administrator")
        verb = "lacks" if self.kind == Kind.KEY else "lack"
        raise NotPermitted(
            f"{who} {verb} the permission {permission}; ask {whom} for it.", reason="permission_missing"
        )


OPERATOR = Actor(Kind.OPERATOR, originator=Originator(auth_type="command-line", is_lpa=True))
SYSTEM = Actor(Kind.SYSTEM)
