"""Last stage: what is for one target comes to one task, in order, and becomes objects in the store.

Their names hold the run's id and their bytes follow from its plan: a task that Spark repeats, or runs twice at the same time,
writes the same objects again. An encrypted file is other bytes each time and has their digest in its name; what is not listed is swept
after the run. Only the driver's transaction makes them seen.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pyarrow as pa

from trunkline.encryption.encryptor import Encryptor
from trunkline.pipeline.carrying import Gathered, index_key, index_table, state_table
from trunkline.pipeline.data_files import ScopeWriter, adopt_file
from trunkline.pipeline.encrypted_text import Encryption
from trunkline.pipeline.spark.job import Job
from trunkline.pipeline.spark.rows import WRITTEN, Batches, read, unpacked, unpressed
from trunkline.pipeline.spark.targets import FINDINGS, INDEX, STATE, scope_of
from trunkline.store import Store

FILE = "file"
Rows = Iterator[dict[str, Any]]


def write(job: Job, batches: Batches) -> Batches:
    """The facts of the data files, that state and index are there, and what is for the driver."""
    with job.begun() as (store, work), Encryptor(1) as encryptor:
        encryption = Encryption(job.plan.rules, encryptor)
        for target, rows in groupby(read(batches), key=lambda row: row["target"]):
            if target == FINDINGS:
                for row in rows:
                    yield WRITTEN.row(role=FINDINGS, fact=row["block"])
            elif target == STATE:
                yield _table(job, store, Gathered(work, state_table(job.kind)), rows, target)
            elif target == INDEX:
                yield _table(job, store, Gathered(work, index_table(job.kind)), rows, target)
            else:
                yield from _files(store, _scope_writer(job, target, work, encryption), rows)


def _table(job: Job, store: Store, gathered: Gathered, rows: Rows, target: str) -> pa.RecordBatch:
    key = job.plan.state_key if target == STATE else index_key(job.plan.state_key)
    for row in rows:
        gathered.add(unpacked(row["block"]))
    store.adopt(gathered.finish(), key)
    return WRITTEN.row(role=target)


def _scope_writer(job: Job, target: str, work: Path, encryption: Encryption) -> ScopeWriter:
    return ScopeWriter(scope_of(target), job.plan.run_id, work, job.plan.part_bytes, encryption)


def _files(store: Store, writer: ScopeWriter, rows: Rows) -> Batches:
    blocks: list[bytes] = []
    for row in rows:
        blocks.append(unpressed(row["block"]))
        if row["records"] is not None:
            ids = pl.Series(unpacked(row["ids"])["ids"]) if row["ids"] is not None else None
            writer.write(blocks, row["records"], ids)
            blocks = []
    for written in writer.finish():
        adopt_file(store, written)
        yield WRITTEN.row(role=FILE, fact=msgspec.json.encode(written.file))
