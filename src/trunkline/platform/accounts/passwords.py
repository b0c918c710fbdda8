"""Setting passwords: by an administrator for others; by users themselves see `auth.own_password`."""

from trunkline.platform.accounts import facts
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.hashing import hash_password, verify
from trunkline.platform.accounts.models import Credential, FormerPassword
from trunkline.platform.accounts.password_rules import check_password, rules_of
from trunkline.platform.accounts.secrets import data_key_of
from trunkline.platform.actors import SYSTEM, Actor, Permission
from trunkline.platform.audit.entries import Subject
from trunkline.platform.audit.trail import Trail, changing
from trunkline.platform.auth.endings import end_log_ins
from trunkline.platform.configuration.gate import AccountObjects, Gate
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import read_object
from trunkline.platform.configuration.privileges import permissions_of_user
from trunkline.platform.configuration.registry import USER
from trunkline.platform.refusals import Invalid


def set_user_password(
    actor: Actor, account_id: str, number: int, password: str, *, change_at_next_log_in: bool = True
) -> ConfigurationObject:
    """An administrator gives a user a password, by default one that the user must change. Ends the user's log-ins.

    Raises `Invalid`, `NotFound`, and `NotPermitted` for a user who may do more than the actor.
    """
    actor.require(Permission.USERS, account_id)
    find_account(account_id)
    check_new_password(read_object(actor, account_id, USER, number, include_deleted=False), password)
    with changing(actor, account_id) as trail:
        user = read_object(actor, account_id, USER, number, include_deleted=False)
        # Who knows the password is the user.
        has = permissions_of_user(user.values, AccountObjects(account_id))
        actor.check_may_give(has, account_id, field="password")
        replace_password(trail, user, password, change_at_next_log_in=change_at_next_log_in)
    return user


def check_new_password(user: ConfigurationObject, password: str) -> None:
    """By the rules of the account, and that it is not one of the last. Raises `Invalid`."""
    rules = rules_of(user.account_id)
    names = [user.values["loginName"], user.values["fullName"], user.values["nickname"], user.values["email"]]
    check_password(password, names, rules)
    if any(verify(password, former).right for former in _last(user, rules.history)):
        raise Invalid(
            f"The password was used before; take one that is not among the last {rules.history}.",
            field="password",
        )


def replace_password(
    trail: Trail, user: ConfigurationObject, password: str, *, change_at_next_log_in: bool, but: str = ""
) -> None:
    """A password that was checked, the mark on the user, and the end of its log-ins but the one with that digest."""
    if user.values["changePwdNextLogin"] != change_at_next_log_in:
        gate = Gate(user.account_id, USER, trail)
        gate.replace(user, {**user.values, "changePwdNextLogin": change_at_next_log_in})
        gate.close()
    set_password(trail, user, password)
    end_log_ins(user.account_id, user.number, trail.time, but=but)


def set_password(trail: Trail, user: ConfigurationObject, password: str) -> None:
    """Within the transaction of `trail`; the password was checked. The trail says that it changed, and a fingerprint."""
    kept = Credential.objects.filter(account_id=user.account_id, number=user.number).first()
    if kept:
        _remember(trail, kept)
    _keep(trail, user, kept, hash_password(password), changed=trail.time)


def renew_hash(user: ConfigurationObject, outdated: str | None, password: str) -> None:
    """Hash a password anew, by today's parameters, unless it was changed meanwhile. The trail says that the system did it."""
    hashed = hash_password(password)
    with changing(SYSTEM, user.account_id) as trail:
        kept = Credential.objects.filter(
            account_id=user.account_id, number=user.number, password=outdated
        ).first()
        if kept:
            # It does not become younger by that.
            _keep(trail, user, kept, hashed, changed=kept.changed)


def _last(user: ConfigurationObject, history: int) -> list[str]:
    where = {"account_id": user.account_id, "number": user.number}
    former = FormerPassword.objects.filter(**where).order_by("-id").values_list("password", flat=True)
    current = Credential.objects.filter(**where).values_list("password", flat=True)
    return [*current, *former][:history]


def _remember(trail: Trail, kept: Credential) -> None:
    where = {"account_id": kept.account_id, "number": kept.number}
    FormerPassword.objects.create(**where, password=kept.password, changed=trail.time)
    wanted = max(rules_of(kept.account_id).history - 1, 0)
    older = FormerPassword.objects.filter(**where).order_by("-id").values_list("id", flat=True)[wanted:]
    FormerPassword.objects.filter(id__in=list(older)).delete()


def _keep(
    trail: Trail, user: ConfigurationObject, kept: Credential | None, hashed: str, *, changed: int
) -> None:
    # Of the hash and not of the password: who learns the sealing keys must not be able to guess passwords quickly.
    fingerprint = data_key_of(user.account_id).fingerprint(hashed)
    Credential.objects.update_or_create(
        account_id=user.account_id,
        number=user.number,
        defaults={"password": hashed, "fingerprint": fingerprint, "changed": changed},
    )
    trail.record(
        Subject(USER.name, str(user.number), user.name),
        before=facts.of_credential(kept) if kept else {"password": None},
        after={"password": facts.secret(fingerprint)},
    )
