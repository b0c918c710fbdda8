"""The keys that seal the accounts' secrets, and their rotation."""

from functools import cache

from django.conf import settings
from django.db import transaction

from trunkline.platform.accounts.models import DataKey as DataKeyRow
from trunkline.platform.actors import Actor, Kind
from trunkline.platform.refusals import NotPermitted
from trunkline.platform.sealing import DataKey, Sealer, read_keys


def sealer() -> Sealer:
    """The sealer of this process's settings. Raises `SettingError` where they name no key."""
    return _sealer(settings.TRUNKLINE.sealing_keys)


@cache
def _sealer(keys: str) -> Sealer:
    return Sealer(read_keys(keys))


def data_key_of(account_id: str) -> DataKey:
    row = DataKeyRow.objects.get(account_id=account_id)
    return sealer().open_data_key(account_id, bytes(row.sealed))


def reseal_data_keys(actor: Actor) -> int:
    """Seal every data key by the first key of the settings, so that the others can be retired; how many were."""
    if actor.kind != Kind.OPERATOR:
        raise NotPermitted("Only an operator rotates the sealing keys.")
    accounts = list(DataKeyRow.objects.values_list("account_id", flat=True))
    for account_id in accounts:
        with transaction.atomic():
            row = DataKeyRow.objects.select_for_update().get(account_id=account_id)
            row.sealed = sealer().reseal_data_key(account_id, bytes(row.sealed))
            row.save(update_fields=["sealed"])
    return len(accounts)
