"""The pipeline's `Catalogue`, on the platform's database.

What keeps two pipelines apart is not the lease, which a stopped process may outlive, but unique rows: an hour is
published once, a segment is read once.
"""
# ruff: noqa: E402  # other programs come in here: models can be imported only after Django has been set up

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from trunkline.platform import project

project.start()

from trunkline.clock import Clock
from trunkline.pipeline.catalogue import AlreadyPublished, DataFile, Run, SessionRules
from trunkline.pipeline.types import KINDS
from trunkline.platform.accounts.models import AccountDataType, PublicKey
from trunkline.platform.accounts.session_rules import session_rules
from trunkline.platform.data_access import leases, rows
from trunkline.platform.data_access.models import ConsumedSegment, EncryptionKey, PipelineRun, PublishedFile
from trunkline.platform.data_access.queries import keys_among, listed_files
from trunkline.platform.data_access.retention import Retention
from trunkline.platform.data_access.tallies import Tallies
from trunkline.platform.data_access.unavailable import told_as_unavailable
from trunkline.platform.databases import alias_of, drop_dead_connections

# A run is stamped before its transaction commits. A listing answered in between must leave the files to the same
# client's next listing, which begins where this one ended: so the stamp lies ahead by more than a commit takes.
COMMIT_ALLOWANCE_S = 10


class DatabaseCatalogue(Tallies, Retention):
    """Implements `trunkline.pipeline.catalogue.RetainingCatalogue`. Lives as long as its process, through database
    restarts."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or settings.TRUNKLINE.clock

    @told_as_unavailable()
    def rules(self, kind: str) -> dict[str, SessionRules]:
        drop_dead_connections()
        rows_of: dict[str, list[AccountDataType]] = {}
        for row in AccountDataType.objects.order_by("account_id"):
            rows_of.setdefault(row.account_id, []).append(row)
        keys = dict(PublicKey.objects.values_list("account_id", "armored"))
        found = {
            account: session_rules(KINDS[kind], chosen, keys.get(account))
            for account, chosen in rows_of.items()
        }
        return {account: rules for account, rules in found.items() if rules}

    @told_as_unavailable()
    def last_run(self, kind: str) -> Run | None:
        drop_dead_connections()
        row = _runs(kind).last()
        return rows.to_run(row) if row else None

    @told_as_unavailable()
    def runs(self, kind: str, first_hour: int, end_hour: int) -> Sequence[Run]:
        drop_dead_connections()
        overlapping = _runs(kind).filter(first_hour__lt=end_hour, end_hour__gt=first_hour, forgotten=False)
        return [rows.to_run(row) for row in overlapping.prefetch_related("files", "segments")]

    @told_as_unavailable()
    def kept_from(self, kind: str) -> int | None:
        drop_dead_connections()
        oldest = _runs(kind).filter(forgotten=False).only("first_hour", "carried").first()
        return oldest.first_hour if oldest and oldest.carried is not None else None

    @told_as_unavailable()
    def consumed(self, kind: str, keys: Sequence[str]) -> set[str]:
        drop_dead_connections()
        read = ConsumedSegment.objects.filter(kind=kind)
        return keys_among(read, keys)

    @told_as_unavailable()
    def publish(self, run: Run) -> None:
        drop_dead_connections()
        try:
            with transaction.atomic(using=alias_of("data_access")):
                if not _is_published(run):
                    _insert(run, self._publication_time())
                else:
                    _follow_store(run)
        except (IntegrityError, AlreadyPublished) as error:
            # Another pipeline was first with this hour or with one of these segments, perhaps between our look and our
            # insert; if what it published is this very run, all is well.
            if not _is_published(run):
                raise (error if isinstance(error, AlreadyPublished) else _clash(run)) from None

    def lease(self, kind: str, holder: str, seconds: int = 60) -> AbstractContextManager[None]:
        return leases.lease(kind, holder, seconds)

    def files(self, data_type: str, first_hour: int, end_hour: int) -> Iterator[DataFile]:
        with told_as_unavailable():
            drop_dead_connections()
            found = listed_files().filter(
                data_type=data_type, scope_start__gte=first_hour, scope_start__lt=end_hour
            )
            for row in found.order_by("scope_start", "account_id", "part").iterator():
                yield rows.to_file(row)

    @told_as_unavailable()
    def restored(self, file: DataFile) -> None:
        drop_dead_connections()
        same = _rows_of(file).filter(text_digest=file.text_digest)
        same.update(key=file.key, bytes=file.bytes, digest=file.digest)

    def _publication_time(self) -> int:
        return self._clock.now() + int(COMMIT_ALLOWANCE_S * 1000 * self._clock.speed)


def _runs(kind: str) -> QuerySet[PipelineRun]:
    return PipelineRun.objects.filter(kind=kind).order_by("first_hour")


def _is_published(run: Run) -> bool:
    """True if this very run is published. Raises `AlreadyPublished` where its hours are, with other content."""
    row = _runs(run.kind).filter(first_hour=run.first_hour).first()
    if row is None:
        return False
    if _content(rows.to_run(row)) != _content(run):
        raise _clash(run)
    return True


def _insert(run: Run, published: int) -> None:
    last = _runs(run.kind).last()
    if last is not None and last.end_hour != run.first_hour:
        raise AlreadyPublished(
            f"{run.kind}: a run from {run.first_hour} does not follow the last one, which ended at {last.end_hour}"
        )
    EncryptionKey.objects.bulk_create(rows.from_keys(run), ignore_conflicts=True)
    row = rows.from_run(run, published)
    row.save(force_insert=True)
    ConsumedSegment.objects.bulk_create(rows.from_segments(run, row))
    PublishedFile.objects.bulk_create([rows.from_file(file, row) for file in run.files])


def _follow_store(run: Run) -> None:
    """A run made again has replaced its files; another compressor leaves other bytes with the same text. Encrypted files lie
    beside those that are listed."""
    for file in run.files:
        _rows_of(file).filter(key=file.key).exclude(digest=file.digest).update(
            bytes=file.bytes, digest=file.digest
        )


def _rows_of(file: DataFile) -> QuerySet[PublishedFile]:
    return PublishedFile.objects.filter(account_id=file.account_id, data_type=file.data_type, name=file.name)


def _content(run: Run) -> Run:
    """What makes two runs the same: equal text is equal content, whatever the compressor, however encrypted and wherever it
    lies; and counts are for people."""
    files = tuple(replace(file, key="", bytes=0, digest="") for file in run.files)
    return replace(run, counts={}, accounts={}, files=files)


def _clash(run: Run) -> AlreadyPublished:
    return AlreadyPublished(
        f"{run.kind}: hours from {run.first_hour} were published before, with other content"
    )
