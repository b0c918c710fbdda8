"""The catalogue's part of retention: every step is one statement or one transaction, and may be done again."""

from collections.abc import Sequence

from django.db import transaction

from trunkline.pipeline.catalogue import DataFile, PastRun, Run
from trunkline.platform.data_access import rows
from trunkline.platform.data_access.models import ConsumedSegment, PipelineRun, PublishedFile
from trunkline.platform.data_access.queries import keys_among
from trunkline.platform.data_access.unavailable import told_as_unavailable
from trunkline.platform.databases import alias_of, drop_dead_connections

_FACTS = ("first_hour", "end_hour", "published", "reach", "expired", "forgotten")


class Retention:
    """Implements what `trunkline.pipeline.catalogue.RetainingCatalogue` asks beside."""

    @told_as_unavailable()
    def past(self, kind: str) -> Sequence[PastRun]:
        drop_dead_connections()
        facts = PipelineRun.objects.filter(kind=kind).order_by("first_hour").values(*_FACTS)
        return [PastRun(**one) for one in facts]

    @told_as_unavailable()
    def expire(self, kind: str, until: int, now: int) -> None:
        drop_dead_connections()
        PipelineRun.objects.filter(kind=kind, end_hour__lte=until, expired__isnull=True).update(expired=now)

    @told_as_unavailable()
    def expired_files(self, kind: str, before: int, most: int) -> Sequence[DataFile]:
        drop_dead_connections()
        found = PublishedFile.objects.filter(run__kind=kind, run__expired__lt=before)
        return [rows.to_file(row) for row in found.order_by("id")[:most]]

    @told_as_unavailable()
    def drop_files(self, files: Sequence[DataFile]) -> None:
        drop_dead_connections()
        with transaction.atomic(using=alias_of("data_access")):
            for file in files:
                names = {"account_id": file.account_id, "data_type": file.data_type, "name": file.name}
                PublishedFile.objects.filter(**names, run__expired__isnull=False).delete()

    @told_as_unavailable()
    def forget(self, kind: str, until: int) -> None:
        drop_dead_connections()
        PipelineRun.objects.filter(kind=kind, end_hour__lte=until, forgotten=False).update(forgotten=True)

    @told_as_unavailable()
    def forgotten(self, kind: str, most: int) -> Sequence[Run]:
        drop_dead_connections()
        found = PipelineRun.objects.filter(kind=kind, forgotten=True, files__isnull=True)
        return [rows.to_run(row) for row in found.order_by("first_hour").prefetch_related("segments")[:most]]

    @told_as_unavailable()
    def held(self, kind: str, keys: Sequence[str]) -> set[str]:
        drop_dead_connections()
        return keys_among(ConsumedSegment.objects.filter(kind=kind, run__forgotten=False), keys)

    @told_as_unavailable()
    def drop_run(self, run: Run) -> None:
        drop_dead_connections()
        found = PipelineRun.objects.filter(kind=run.kind, first_hour=run.first_hour, forgotten=True)
        with transaction.atomic(using=alias_of("data_access")):
            found.filter(files__isnull=True).delete()
