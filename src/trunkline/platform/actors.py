"""Who acts, and what they may do."""

from dataclasses import dataclass
from enum import StrEnum

from trunkline.platform.refusals import NotFound, NotPermitted


class Permission(StrEnum):
    """What a key or a user can be given. The values are what people type."""

    DATA_ACCESS = "data-access"
    COLLECT = "collect"
    BACKFILL = "backfill"
    COLLECT_FROM_BROWSER = "collect-from-browser"
    CONFIGURE = "configure"


class Kind(StrEnum):
    OPERATOR = "operator"
    KEY = "key"
    USER = "user"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """Whoever calls a verb. An operator (the command line) and the system act for every account."""

    kind: Kind
    id: str = ""
    account_id: str | None = None
    permissions: frozenset[str] = frozenset()

    def require(self, permission: Permission, account_id: str) -> None:
        """Return if this actor may do that for that account; the first line of every verb.

        Raises `NotFound` for an account that is not the actor's own, whether it exists or not, and `NotPermitted`.
        """
        if self.kind in (Kind.OPERATOR, Kind.SYSTEM):
            return
        if account_id != self.account_id:
            raise NotFound(
                "There is no such account, or it is not the account of this key.", reason="no_account"
            )
        if permission not in self.permissions:
            raise NotPermitted(
                f"This key lacks the permission {permission}; ask an operator for a key that has it.",
                reason="permission_missing",
            )


OPERATOR = Actor(Kind.OPERATOR)
SYSTEM = Actor(Kind.SYSTEM)
