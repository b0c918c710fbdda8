"""Users that are written together with their password, as the published Users API has it: both, or neither.

`passwordSh` is the new password, `confirmPassword` the same again where it is given. That the members are there is all that is
known of the published meaning; here the password comes in clear, over TLS.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from trunkline.platform.accounts.passwords import set_user_password
from trunkline.platform.actors import Actor
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import create_objects, replace_objects
from trunkline.platform.configuration.registry import USER
from trunkline.platform.configuration.shapes import written
from trunkline.platform.refusals import Invalid

Sent = Mapping[str, Any]


def create_users(actor: Actor, account_id: str, sent: Sequence[Sent]) -> list[ConfigurationObject]:
    """As `create_objects`. Raises `Invalid`, `Conflict`."""
    actor.require(USER.write, account_id)
    with transaction.atomic():
        rows = create_objects(actor, account_id, USER, [written(USER, one) for one in sent])
        return [_with_password(actor, row, one) for row, one in zip(rows, sent, strict=True)]


def replace_users(
    actor: Actor, account_id: str, sent: Mapping[int, Sent], *, revision: int | None
) -> list[ConfigurationObject]:
    """As `replace_objects`. Raises `Invalid`, `NotFound`, `Conflict`, `Stale`."""
    actor.require(USER.write, account_id)
    with transaction.atomic():
        values = {number: written(USER, one) for number, one in sent.items()}
        rows = replace_objects(actor, account_id, USER, values, revision=revision)
        return [_with_password(actor, row, sent[row.number]) for row in rows]


def _with_password(actor: Actor, user: ConfigurationObject, sent: Sent) -> ConfigurationObject:
    password = sent.get("passwordSh")
    if password in (None, ""):
        return user
    if not isinstance(password, str) or sent.get("confirmPassword", password) != password:
        raise Invalid("passwordSh and confirmPassword are not the same text.", field="confirmPassword")
    change = user.values["changePwdNextLogin"]
    return set_user_password(actor, user.account_id, user.number, password, change_at_next_log_in=change)
