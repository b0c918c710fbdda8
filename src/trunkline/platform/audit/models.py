"""Changes as rows. The document of a change is what counts; all else in a row is there to find it."""

from typing import ClassVar

from django.db import models

from trunkline.platform.accounts.models import Account


class Head(models.Model):
    """Where the trail of an account ends. Locking this row puts the account's changes in order."""

    account = models.OneToOneField(Account, models.CASCADE, primary_key=True, related_name="trail_head")
    number = models.BigIntegerField(default=0, help_text="of the last change")
    time = models.BigIntegerField(default=0, help_text="of the last change, epoch milliseconds")
    last_id = models.BigIntegerField(default=0, help_text="the last id given to a configuration object")

    def __str__(self) -> str:
        return f"trail of {self.account_id} up to {self.number}"


class Change(models.Model):
    """One object was added, edited or deleted."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField(help_text="contiguous within the account")
    time = models.BigIntegerField(help_text="epoch milliseconds, never less than that of the number before")
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    action = models.CharField(max_length=10)
    document = models.TextField(help_text="canonical JSON (RFC 8785) of everything that is known of it")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number"], name="a_change_has_a_number"),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "time", "number"], name="changes_by_time")]

    def __str__(self) -> str:
        return f"change {self.number} of {self.account_id}"


class ChangedElement(models.Model):
    """One property that a change gave another value: a line of the published audit trail."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    number = models.BigIntegerField(help_text="of the change")
    position = models.PositiveIntegerField(help_text="in the change's document, from 0")
    time = models.BigIntegerField(help_text="of the change, epoch milliseconds")
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=64)
    element = models.CharField(max_length=64, blank=True, help_text="empty: the change has no single element")
    action = models.CharField(max_length=10)
    originator_id = models.CharField(max_length=64)
    is_lpa = models.BooleanField()
    is_automatic = models.BooleanField()
    nth = models.BigIntegerField(default=0, help_text="in its series of all originators, from 1")
    nth_of_originator = models.BigIntegerField(default=0, help_text="in its originator's series, from 1")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "number", "position"], name="an_element_has_a_position"
            ),
        ]
        # Where each of them ends with number and position, a page of a filter is read in order from one place.
        indexes: ClassVar = [
            models.Index(
                fields=["account", "object_type", "action", "is_lpa", "is_automatic", "number", "position"],
                name="lines_by_type",
            ),
            models.Index(
                fields=[
                    "account",
                    "originator_id",
                    "object_type",
                    "action",
                    "is_lpa",
                    "is_automatic",
                    "number",
                    "position",
                ],
                name="lines_by_originator",
            ),
            models.Index(fields=["account", "object_id", "number", "position"], name="lines_by_object"),
            models.Index(fields=["account", "element", "number", "position"], name="lines_by_element"),
        ]

    def __str__(self) -> str:
        return f"{self.element} in change {self.number} of {self.account_id}"


class Shadow(models.Model):
    """A row of configuration was written, says the database itself. Triggers write it (`audit.shadow`); no program does."""

    account_id = models.CharField(max_length=20)
    after = models.BigIntegerField(
        help_text="the number of the account's last change when it was written: it belongs to the next"
    )
    table = models.CharField(max_length=64)
    key = models.CharField(max_length=64, help_text="the row's primary key")
    operation = models.CharField(
        max_length=6,
        help_text="insert, update or delete; begin and end: nobody watched before, or from here on",
    )
    old = models.JSONField(null=True, help_text="the columns that are no secret")
    new = models.JSONField(null=True)
    written = models.BigIntegerField(help_text="by the clock of the database, epoch milliseconds")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["account_id", "after", "id"], name="shadow_in_order")]

    def __str__(self) -> str:
        return f"{self.operation} of {self.table} {self.key}"


class Series(models.Model):
    """The lines of an account that have type, action and kind of originator in common, counted.

    Each line knows its place in two of them: in that of all originators and in that of its own. So the lines of a period
    are counted by looking at the first and the last, and a filter of several values is as many series, merged.
    """

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    originator_id = models.CharField(max_length=64, help_text="`*`: the lines of all originators")
    object_type = models.CharField(max_length=40)
    action = models.CharField(max_length=10)
    is_lpa = models.BooleanField()
    is_automatic = models.BooleanField()
    lines = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "originator_id", "object_type", "action", "is_lpa", "is_automatic"],
                name="lines_are_in_one_series",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} by {self.originator_id} in {self.account_id}"


class Notice(models.Model):
    """Something that happened and is no change: a log-in, a refused one, a denied request, a reading of the trail.

    What happens again within the same minute is the same row, counted, so that nobody can fill the disk with it.
    """

    account_id = models.CharField(
        max_length=20, blank=True, help_text="empty: it names no account that exists; only operators see it"
    )
    minute = models.BigIntegerField(help_text="the minute of the first, epoch milliseconds")
    key = models.CharField(max_length=32, help_text="what is counted together within a minute")
    time = models.BigIntegerField(help_text="of the first, epoch milliseconds")
    last = models.BigIntegerField(help_text="of the last, epoch milliseconds")
    count = models.BigIntegerField(default=1)
    kind = models.CharField(max_length=40)
    actor_id = models.CharField(max_length=64, blank=True)
    actor = models.JSONField(help_text="as in a change: kind, id, names, address, user agent")
    details = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account_id", "minute", "key"], name="a_notice_is_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.account_id}"
