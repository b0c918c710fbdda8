"""What the pipeline has published. All instants in epoch milliseconds.

Nothing here refers to a row of another app: on SQLite this is a file of its own, which a rebuild may replace.
"""

from typing import ClassVar

from django.db import models


class PipelineRun(models.Model):
    """One run of a data type: it published the hours `[first_hour, end_hour)` in one transaction."""

    kind = models.CharField(max_length=40)
    first_hour = models.BigIntegerField()
    end_hour = models.BigIntegerField()
    watermark = models.BigIntegerField()
    rules_version = models.CharField(max_length=100)
    rules = models.JSONField(help_text="SessionRules by account, a public key by its digest")
    state = models.CharField(max_length=300, help_text="store key of the sessions carried on")
    carried = models.CharField(max_length=300, null=True, help_text="store key of those that it began with")
    reach = models.BigIntegerField(default=0, help_text="no run that ended by then was looked back at")
    counts = models.JSONField()
    accounts = models.JSONField(default=dict, help_text="the same by account")
    published = models.BigIntegerField()
    expired = models.BigIntegerField(null=True, help_text="since when its files are no longer listed")
    forgotten = models.BooleanField(default=False, help_text="no run looks back at it any more")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "first_hour"], name="an_hour_is_published_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} [{self.first_hour}, {self.end_hour})"


class EncryptionKey(models.Model):
    """A public key that runs have encrypted to: kept once, and named in their rules by its digest."""

    digest = models.CharField(primary_key=True, max_length=64, help_text="SHA-256 of the text, hex")
    armored = models.TextField()

    def __str__(self) -> str:
        return f"key {self.digest}"


class ConsumedSegment(models.Model):
    """A segment that a run has read; no later run reads it again."""

    run = models.ForeignKey(PipelineRun, models.CASCADE, related_name="segments")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=300)
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar = ["run", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "key"], name="a_segment_is_read_once"),
        ]

    def __str__(self) -> str:
        return self.key


class PublishedFile(models.Model):
    """One part of an account's hour: what listings show and downloads look up."""

    run = models.ForeignKey(PipelineRun, models.CASCADE, related_name="files")
    account_id = models.CharField(max_length=20)
    data_type = models.CharField(max_length=40)
    scope_start = models.BigIntegerField()
    part = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=300)
    bytes = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    text_digest = models.CharField(max_length=64)
    records = models.BigIntegerField()
    schema_version = models.CharField(max_length=20)
    supersedes = models.JSONField()
    ids_key = models.CharField(max_length=300, null=True, help_text="manifest of the file's conversations")
    published = models.BigIntegerField()

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_id", "data_type", "name"], name="a_name_is_one_file"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account_id", "data_type", "scope_start"], name="files_by_scope"),
            models.Index(fields=["account_id", "data_type", "published"], name="files_by_publication"),
            models.Index(fields=["scope_start"], name="files_by_hour"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id}/{self.name}"


class Lease(models.Model):
    """Who may work on a data type, and until when (real time)."""

    kind = models.CharField(primary_key=True, max_length=40)
    token = models.CharField(max_length=200)
    expires = models.BigIntegerField()

    def __str__(self) -> str:
        return f"lease of {self.kind}"
