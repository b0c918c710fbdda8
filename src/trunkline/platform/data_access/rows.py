"""Between the pipeline's values and the catalogue's rows."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from hashlib import sha256
from typing import Any

from trunkline.pipeline.catalogue import DataFile, Run, SessionRules
from trunkline.platform.data_access.models import ConsumedSegment, EncryptionKey, PipelineRun, PublishedFile


def to_run(row: PipelineRun) -> Run:
    return Run(
        kind=row.kind,
        first_hour=row.first_hour,
        end_hour=row.end_hour,
        watermark=row.watermark,
        rules_version=row.rules_version,
        rules={account_id: _to_rules(rules) for account_id, rules in row.rules.items()},
        segments=tuple(segment.key for segment in row.segments.all()),
        state=row.state,
        carried=row.carried,
        reach=row.reach,
        files=() if row.expired else tuple(to_file(file) for file in row.files.all()),
        counts=row.counts,
        accounts=row.accounts,
    )


def _to_rules(stored: Mapping[str, Any]) -> SessionRules:
    rules = dict(stored)
    # Runs of release 0.1 knew one data type.
    if version := rules.pop("schema_version", None):
        rules["versions"] = {"agentActivity": version}
    if digest := rules.get("public_key"):
        rules["public_key"] = _key(digest)
    return SessionRules(**rules)


@lru_cache(maxsize=256)
def _key(digest: str) -> str:
    return EncryptionKey.objects.get(digest=digest).armored


def _from_rules(rules: SessionRules) -> dict[str, Any]:
    key = rules.public_key
    return asdict(rules) | {"public_key": key and _digest(key)}


def from_keys(run: Run) -> list[EncryptionKey]:
    """The public keys that the run has encrypted to."""
    keys = {rules.public_key for rules in run.rules.values() if rules.public_key}
    return [EncryptionKey(digest=_digest(key), armored=key) for key in sorted(keys)]


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def from_run(run: Run, published: int) -> PipelineRun:
    return PipelineRun(
        kind=run.kind,
        first_hour=run.first_hour,
        end_hour=run.end_hour,
        watermark=run.watermark,
        rules_version=run.rules_version,
        rules={account_id: _from_rules(rules) for account_id, rules in run.rules.items()},
        state=run.state,
        carried=run.carried,
        reach=run.reach,
        counts=dict(run.counts),
        accounts={account_id: dict(counts) for account_id, counts in run.accounts.items()},
        published=published,
    )


def from_segments(run: Run, row: PipelineRun) -> list[ConsumedSegment]:
    return [
        ConsumedSegment(run=row, kind=run.kind, key=key, position=position)
        for position, key in enumerate(run.segments)
    ]


def to_file(row: PublishedFile) -> DataFile:
    return DataFile(
        account_id=row.account_id,
        data_type=row.data_type,
        scope_start=row.scope_start,
        part=row.part,
        name=row.name,
        key=row.key,
        bytes=row.bytes,
        digest=row.digest,
        text_digest=row.text_digest,
        records=row.records,
        schema_version=row.schema_version,
        supersedes=tuple(row.supersedes),
        ids_key=row.ids_key,
    )


def from_file(file: DataFile, run: PipelineRun) -> PublishedFile:
    return PublishedFile(
        run=run,
        account_id=file.account_id,
        data_type=file.data_type,
        scope_start=file.scope_start,
        part=file.part,
        name=file.name,
        key=file.key,
        bytes=file.bytes,
        digest=file.digest,
        text_digest=file.text_digest,
        records=file.records,
        schema_version=file.schema_version,
        supersedes=list(file.supersedes),
        ids_key=file.ids_key,
        published=run.published,
    )
