"""The catalogue's part of the status: what was published, added up by the database."""

from collections.abc import Iterator, Mapping, Sequence

from django.db.models import Count, Max, Sum

from trunkline.pipeline.catalogue import FileTally
from trunkline.platform.data_access.models import PipelineRun
from trunkline.platform.data_access.queries import listed_files
from trunkline.platform.data_access.unavailable import told_as_unavailable
from trunkline.platform.databases import drop_dead_connections


class Tallies:
    """Implements what `trunkline.pipeline.catalogue.Catalogue` says of counts."""

    @told_as_unavailable()
    def file_tallies(self, first_hour: int, end_hour: int) -> Sequence[FileTally]:
        drop_dead_connections()
        found = listed_files().filter(scope_start__gte=first_hour, scope_start__lt=end_hour)
        several = found.values("account_id", "data_type").order_by("account_id", "data_type")
        sums = several.annotate(
            files=Count("id"), all_records=Sum("records"), all_bytes=Sum("bytes"), newest=Max("scope_start")
        )
        return [
            FileTally(
                account_id=one["account_id"],
                data_type=one["data_type"],
                files=one["files"],
                records=one["all_records"],
                bytes=one["all_bytes"],
                newest=one["newest"],
            )
            for one in sums
        ]

    def account_counts(
        self, kind: str, first_hour: int, end_hour: int
    ) -> Iterator[Mapping[str, Mapping[str, int]]]:
        with told_as_unavailable():
            drop_dead_connections()
            found = PipelineRun.objects.filter(kind=kind, first_hour__gte=first_hour, first_hour__lt=end_hour)
            yield from found.order_by("first_hour").values_list("accounts", flat=True).iterator()
