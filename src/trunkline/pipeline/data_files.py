"""Data files in the making: the parts of one account and hour, written one record after the other."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import polars as pl

from trunkline.clock import HOUR_MS
from trunkline.pipeline.catalogue import DataFile
from trunkline.pipeline.encrypted_text import Encryption
from trunkline.pipeline.gzip_member import GzipMember
from trunkline.store import Store


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What a data file covers."""

    account_id: str
    data_type: str
    hour: int
    schema_version: str
    prefix: str
    """First word of the name: `Agent`, …"""

    def name(self, part: int) -> str:
        return f"{self.prefix}.{self.hour}.{self.hour + HOUR_MS}.part-{part:05d}-0.gz"

    def key(self, part: int, run: str) -> str:
        """With the run's id: what another run leaves behind or writes late can never replace a listed file. An encrypted
        file has its digest before it."""
        stem = self.name(part).removesuffix(".gz")
        return f"files/{self.account_id}/{self.data_type}/{stem}.{run}.gz"

    def ids_key(self, part: int, run: str) -> str:
        """Of the manifest beside the file."""
        return self.key(part, f"ids.{run}")


@dataclass(frozen=True)
class WrittenFile:
    """A finished part in the work folder, synced."""

    file: DataFile
    path: Path | None
    """None: it lies in the store already."""
    ids_path: Path | None = None
    """The manifest of its conversations: their ids as JSON texts, one a line, each once; gzip."""


def adopt_file(store: Store, written: WrittenFile) -> None:
    """Move a finished part into the store, its manifest first: whoever sees the file finds its ids."""
    if written.ids_path and written.file.ids_key:
        store.adopt(written.ids_path, written.file.ids_key)
    if written.path:
        store.adopt(written.path, written.file.key)


class ScopeWriter:
    """Takes lines (whole records, in order) and cuts them into parts of at most `part_bytes` of clear text.

    A part always holds at least one record, however long. Where it is cut depends on the records alone.
    """

    def __init__(self, scope: Scope, run: str, folder: Path, part_bytes: int, encryption: Encryption) -> None:
        self._scope, self._run, self._folder, self._part_bytes = scope, run, folder, part_bytes
        self._encryption = encryption
        self._part: _Part | None = None
        self._next = 0
        self._done: list[WrittenFile] = []

    def write(self, blocks: Sequence[bytes], records: int, ids: pl.Series | None = None) -> None:
        """Text of whole records, in blocks that may end anywhere; the ids of each record's conversations."""
        part = self._part or self._begin()
        if part.bytes + sum(map(len, blocks)) > self._part_bytes:
            self._cut(b"".join(blocks), records, ids)
        else:
            for block in blocks:
                part.write(memoryview(block))
            part.count(records, ids)

    def _cut(self, lines: bytes, records: int, ids: pl.Series | None) -> None:
        text = memoryview(lines)
        while len(text):
            part = self._part or self._begin()
            taken, count = self._fitting(lines, len(lines) - len(text), part, records)
            if taken:
                part.write(text[:taken])
                part.count(count, ids)
                ids = None if ids is None else ids.slice(count)
                records -= count
                text = text[taken:]
            if len(text):
                self._end(part)

    def finish(self) -> list[WrittenFile]:
        if self._part:
            self._end(self._part)
        return self._done

    def close(self) -> None:
        """Leave what was begun as it is; nothing happens after `finish`."""
        if self._part:
            self._part.abandon()

    def _fitting(self, lines: bytes, start: int, part: "_Part", records: int) -> tuple[int, int]:
        """How many bytes from `start` on still go into `part`, and how many records these are."""
        room = self._part_bytes - part.bytes
        if len(lines) - start <= room:
            return len(lines) - start, records
        end = lines.rfind(b"\n", start, start + max(room, 0)) + 1
        if not end and not part.bytes:
            end = lines.index(b"\n", start) + 1
        taken = max(end - start, 0)
        return taken, lines.count(b"\n", start, start + taken)

    def _begin(self) -> "_Part":
        self._part = _Part(self._path(self._scope.key(self._next, self._run)), self._scope, self._encryption)
        return self._part

    def _path(self, key: str) -> Path:
        return self._folder / key.replace("/", "~")

    def _end(self, part: "_Part") -> None:
        part.close()
        ids = part.finished_ids(self._path(self._scope.ids_key(self._next, self._run)))
        facts = part.facts()
        # Encrypted again, the same text is other bytes: they get another key, so that no listed object is ever replaced.
        run = f"{facts['digest'][:16]}.{self._run}" if part.encrypted else self._run
        file = DataFile(
            account_id=self._scope.account_id,
            data_type=self._scope.data_type,
            scope_start=self._scope.hour,
            part=self._next,
            name=self._scope.name(self._next),
            key=self._scope.key(self._next, run),
            schema_version=self._scope.schema_version,
            ids_key=self._scope.ids_key(self._next, self._run) if ids else None,
            **facts,
        )
        self._done.append(WrittenFile(file, part.path, ids))
        self._part = None
        self._next += 1


class _Part:
    """One file being written."""

    def __init__(self, path: Path, scope: Scope, encryption: Encryption) -> None:
        self.path = path
        self.bytes = 0
        """Of the clear text."""
        self.records = 0
        self._ids: list[pl.Series] = []
        self._text_digest = hashlib.sha256()
        self._file = _HashedFile(path)
        self._member = GzipMember(self._file)  # type: ignore[arg-type]  # `write` is all that it asks for
        self._encrypted = encryption.onto(
            self._member.write, scope.account_id, scope.data_type, scope.schema_version
        )

    @property
    def encrypted(self) -> bool:
        return self._encrypted is not None

    def write(self, text: memoryview) -> None:
        self.bytes += len(text)
        self._text_digest.update(text)
        (self._encrypted or self._member).write(text)

    def count(self, records: int, ids: pl.Series | None) -> None:
        """The first so many of these lists of ids belong to records that were just written."""
        self.records += records
        if ids is not None:
            self._ids.append(ids.head(records))

    def finished_ids(self, path: Path) -> Path | None:
        """Write the manifest, synced. None where the records hold no conversations."""
        if not self._ids:
            return None
        ids = pl.concat(self._ids).explode().drop_nulls().unique(maintain_order=True)
        file = _HashedFile(path)
        member = GzipMember(file)  # type: ignore[arg-type]
        member.write(memoryview(msgspec.json.Encoder().encode_lines(ids.to_list())))
        member.close()
        file.close()
        return path

    def close(self) -> None:
        if self._encrypted:
            self._encrypted.close()
        self._member.close()
        self._file.close()

    def abandon(self) -> None:
        self._file.abandon()

    def facts(self) -> dict[str, Any]:
        return {
            "bytes": self._file.bytes,
            "digest": self._file.digest.hexdigest(),
            "text_digest": self._text_digest.hexdigest(),
            "records": self.records,
        }


class _HashedFile:
    """A file that knows the length and the digest of what was written; synced when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self.bytes = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.digest.update(data)
        self.bytes += len(data)

    def close(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Nobody will read it."""
        self._file.close()
