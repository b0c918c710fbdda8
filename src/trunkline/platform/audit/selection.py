"""A filter as questions to the database. Asks for no permission: verbs do."""

from django.db.models import Q, QuerySet

from trunkline.platform.audit.filters import Filter
from trunkline.platform.audit.models import Change, ChangedElement


def page(
    account_id: str, filter: Filter, offset: int, first: int, *, ascending: bool
) -> list[ChangedElement]:
    order = ("number", "position") if ascending else ("-number", "-position")
    return list(matching(account_id, filter).order_by(*order)[offset : offset + first])


def count(account_id: str, filter: Filter, up_to: int | None = None) -> int:
    """Of the lines that fit; among the changes up to a number, where one is given."""
    found = matching(account_id, filter)
    return (found if up_to is None else found.filter(number__lte=up_to)).count()


def matching(account_id: str, filter: Filter) -> QuerySet[ChangedElement]:
    """The lines that fit, in no order."""
    found = ChangedElement.objects.filter(account_id=account_id)
    if filter.since is not None:
        found = found.filter(time__gte=filter.since)
    if filter.until is not None:
        found = found.filter(time__lt=filter.until)
    if filter.object_types:
        found = found.filter(object_type__in=filter.object_types)
    if filter.object_id:
        found = found.filter(object_id=filter.object_id)
    if filter.element:
        found = found.filter(element=filter.element)
    if filter.actions:
        numbers = Change.objects.filter(account_id=account_id, action__in=filter.actions).values("number")
        found = found.filter(number__in=numbers)
    if filter.users:
        found = found.filter(originator_id__in=filter.users)
    if not filter.lpa:
        found = found.filter(is_lpa=False)
    if not filter.automatic:
        found = found.filter(is_automatic=False)
    return found


def block(account_id: str, filter: Filter, before: tuple[int, int], most: int) -> list[ChangedElement]:
    """The newest lines that are older than the line with that number and position."""
    number, position = before
    older = Q(number__lt=number) | Q(number=number, position__lt=position)
    found = matching(account_id, filter).filter(older, number__lte=number)
    return list(found.order_by("-number", "-position")[:most])
