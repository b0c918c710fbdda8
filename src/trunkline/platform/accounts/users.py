"""The people of an account. For now its first administrators; users are managed by a later part."""

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from trunkline.clock import REAL
from trunkline.platform.accounts.accounts import find_account
from trunkline.platform.accounts.models import User
from trunkline.platform.actors import Actor, Permission
from trunkline.platform.refusals import Conflict, Invalid

MIN_PASSWORD = 12
# Longer ones only cost time to hash.
MAX_PASSWORD = 1000


def create_administrator(actor: Actor, account_id: str, login_name: str, password: str) -> User:
    """A user who may administer the account. Raises `Invalid`, `NotFound`, `Conflict`."""
    actor.require(Permission.CONFIGURE, account_id)
    account = find_account(account_id)
    _check(login_name, password)
    try:
        with transaction.atomic():
            return User.objects.create(
                account=account,
                login_name=login_name,
                password=make_password(password),
                administrator=True,
                created=REAL.now(),
            )
    except IntegrityError:
        raise Conflict(
            f"Account {account_id} has a user {login_name} already; choose another name."
        ) from None


def _check(login_name: str, password: str) -> None:
    if (
        not login_name
        or len(login_name) > 100
        or not login_name.isprintable()
        or login_name != login_name.strip()
    ):
        raise Invalid(
            "A log-in name has 1 to 100 printable characters and no spaces at its ends.", field="login"
        )
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Invalid(f"A password has at least {MIN_PASSWORD} characters.", field="password")
    if password.casefold() == login_name.casefold():
        raise Invalid("The password must not be the log-in name.", field="password")
