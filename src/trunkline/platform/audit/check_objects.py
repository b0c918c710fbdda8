"""The configuration as it is, compared with what the trail makes of it, object by object."""

from collections.abc import Iterator
from itertools import groupby, islice
from typing import Any

from trunkline.platform.audit.consistency import BYPASSED, Finding, Fold, Said, differing
from trunkline.platform.audit.models import Change
from trunkline.platform.audit.projection import PROJECTIONS, Key, live_states
from trunkline.platform.configuration.models import ConfigurationObject, Reference
from trunkline.platform.configuration.registry import BY_NAME

AT_ONCE = 500


def check_objects(account_id: str) -> Iterator[Finding]:
    """Each object is as its entries make it, and each has entries."""
    columns = ("account_id", "number", "time", "object_type", "object_id", "action", "document")
    rows = Change.objects.filter(account_id=account_id).order_by("object_type", "object_id", "number")
    trail = (Said(*row) for row in rows.values_list(*columns).iterator(AT_ONCE))
    groups = groupby(trail, key=lambda said: (said.object_type, said.object_id))
    folded: dict[Key, Fold] = {}
    for key, entries in groups:
        folded[key] = Fold()
        for said in entries:
            yield from folded[key].apply(said)
        if len(folded) == AT_ONCE:
            yield from _compare(account_id, folded)
            folded = {}
    yield from _compare(account_id, folded)
    yield from _without_entries(account_id)
    for some in _batches(ConfigurationObject.objects.filter(account_id=account_id).order_by("number")):
        yield from _check_derived(account_id, some)


def _compare(account_id: str, folded: dict[Key, Fold]) -> Iterator[Finding]:
    live = live_states(account_id, folded)
    for key, fold in folded.items():
        for text in differing(fold.values, live.get(key)):
            yield Finding(account_id, fold.last, " ".join(key), text, BYPASSED)


def _without_entries(account_id: str) -> Iterator[Finding]:
    for projection in PROJECTIONS:
        for some in _batches(projection.rows(account_id).order_by("pk")):
            keys = {projection.state(row)[0] for row in some}
            known = Change.objects.filter(
                account_id=account_id,
                object_type__in={kind for kind, _key in keys},
                object_id__in={key for _kind, key in keys},
            )
            for key in sorted(keys - set(known.values_list("object_type", "object_id"))):
                yield Finding(
                    account_id,
                    None,
                    " ".join(key),
                    "it is there, and the trail knows nothing of it",
                    BYPASSED,
                )


def _check_derived(account_id: str, rows: list[ConfigurationObject]) -> Iterator[Finding]:
    """What an object's row and its references repeat of its values."""
    kept: dict[int, set[tuple[str, int]]] = {row.number: set() for row in rows}
    found = Reference.objects.filter(account_id=account_id, holder__in=list(kept))
    for holder, element, target in found.values_list("holder", "element", "target"):
        kept[holder].add((element, target))
    for row in rows:
        object_type = BY_NAME[row.type]
        name = str(row.values.get(object_type.named_by))
        named = (
            set()
            if row.deleted
            else {(element, target) for element, _, target in object_type.named_in(row.values)}
        )
        if (row.name, row.name_key) != (name, name.casefold()[:200]):
            text = f"it is called {row.name} in its row and {name} in its values"
            yield Finding(account_id, row.revision, f"{row.type} {row.number}", text, BYPASSED)
        if kept[row.number] != named:
            text = "the references that are kept of it are not those of its values"
            yield Finding(account_id, row.revision, f"{row.type} {row.number}", text, BYPASSED)


def _batches(rows: Any) -> Iterator[list[Any]]:
    found = rows.iterator(AT_ONCE)
    while some := list(islice(found, AT_ONCE)):
        yield some
