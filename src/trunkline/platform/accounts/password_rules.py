"""What a password must be: an account's rules, and whether a password keeps them."""

from collections.abc import Iterable
from typing import Protocol

from trunkline.clock import DAY_MS
from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.models import PasswordRules
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.audit.trail import changing
from trunkline.platform.refusals import Invalid

LONGEST = 1000
"""Longer ones only cost time to hash."""
RANGES = {"min_length": (8, 128), "strength": (0, 4), "history": (0, 20), "expiry_days": (0, 3650)}

# zxcvbn takes no more, and what is so long is not guessed by its pattern.
_JUDGED = 72


class Rules(Protocol):
    min_length: int
    strength: int
    history: int
    expiry_days: int


def check_password(password: str, names: Iterable[str], rules: Rules) -> None:
    """`names` are words that others know of the user: the password must not be made of them. Raises `Invalid`."""
    if not rules.min_length <= len(password) <= LONGEST:
        raise Invalid(f"A password has at least {rules.min_length} characters.", field="password")
    known = [name for name in names if name]
    if password.casefold() in (name.casefold() for name in known):
        raise Invalid("The password must not be the log-in name.", field="password")
    if rules.strength and _score(password, known) < rules.strength:
        raise Invalid(
            "The password is easy to guess; take several unusual words, or let a password manager make one.",
            field="password",
        )


def is_expired(changed: int, now: int, rules: Rules) -> bool:
    """`changed` is when the password was set."""
    return bool(rules.expiry_days) and now >= changed + rules.expiry_days * DAY_MS


def rules_of(account_id: str) -> PasswordRules:
    """Those that were set, or the defaults. Asks for no permission: verbs do."""
    return PasswordRules.objects.filter(account_id=account_id).first() or PasswordRules(account_id=account_id)


def password_rules(actor: Actor, account_id: str) -> PasswordRules:
    """The account's rules. Raises `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    find_account(account_id)
    return rules_of(account_id)


def set_password_rules(actor: Actor, account_id: str, **wanted: int | None) -> PasswordRules:
    """Change rules by the names in `RANGES`; None leaves one as it is. They hold for passwords that are set from now on, the
    expiry for all. Raises `Invalid`, `NotFound`."""
    actor.require(Permission.CONFIGURE, account_id)
    chosen = {name: value for name, value in wanted.items() if value is not None}
    for name, value in chosen.items():
        low, high = RANGES[name]
        if not low <= value <= high:
            raise Invalid(f"{name.replace('_', '-')} is between {low} and {high}.", field=name)
    with changing(actor, account_id) as trail:
        kept = PasswordRules.objects.filter(account_id=account_id).first()
        row, _created = PasswordRules.objects.update_or_create(account_id=account_id, defaults=chosen)
        before = facts.of_password_rules(kept) if kept else None
        trail.record(facts.PASSWORD_RULES, before=before, after=facts.of_password_rules(row))
    return row


def _score(password: str, names: list[str]) -> int:
    # Its lists of words take a while to read, and most processes never ask.
    from zxcvbn import zxcvbn

    return int(zxcvbn(password[:_JUDGED], user_inputs=names)["score"])
