"""What several modules ask of the catalogue's tables."""

from collections.abc import Sequence

from django.db.models import QuerySet

from trunkline.platform.data_access.models import ConsumedSegment, PublishedFile

_ASKED_AT_ONCE = 500


def listed_files() -> QuerySet[PublishedFile]:
    """The files that are not past their time: all that anybody is shown."""
    return PublishedFile.objects.filter(run__expired__isnull=True)


def keys_among(segments: QuerySet[ConsumedSegment], keys: Sequence[str]) -> set[str]:
    """Those of the keys that are in `segments`."""
    found: set[str] = set()
    for first in range(0, len(keys), _ASKED_AT_ONCE):
        some = keys[first : first + _ASKED_AT_ONCE]
        found.update(segments.filter(key__in=some).values_list("key", flat=True))
    return found
