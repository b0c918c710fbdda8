"""Who is meant by a name: the ids under which the trail knows them."""

from collections.abc import Iterable

from django.db.models import Q

from trunkline.platform.accounts.models import ApiKey
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.registry import USER

_MAX_ID = 64


def originator_ids(account_id: str, words: Iterable[str]) -> tuple[str, ...]:
    """Of ids, log-in names and names of users, app keys and names of API keys, as they are now or were at last.

    What is none of them is taken for an id: of somebody at the command line, say. Asks for no permission: verbs do.
    """
    # PostgreSQL takes no NUL in a text, not even to look for it.
    wanted = {word for word in words if word.isprintable()}
    named = Q(name__in=wanted) | Q(values__fullName__in=wanted) | Q(values__nickname__in=wanted)
    users = ConfigurationObject.objects.filter(named, account_id=account_id, type=USER.name)
    keys = ApiKey.objects.filter(Q(name__in=wanted) | Q(app_key__in=wanted), account_id=account_id)
    found = {str(number) for number in users.values_list("number", flat=True)}
    found |= set(keys.values_list("id", flat=True))
    return tuple(sorted(found | {word for word in wanted if len(word) <= _MAX_ID}))
