"""Configuration objects as rows: one table for all types, written by one gate, watched by one trigger."""

from typing import ClassVar

from django.db import models

from trunkline.platform.accounts.models import Account


class ConfigurationObject(models.Model):
    """A user, profile, skill, agent group, line of business or status reason. Deleted ones stay, flagged."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    type = models.CharField(max_length=20, help_text="the name of an object type")
    number = models.BigIntegerField(help_text="its published id, unique within the account")
    name = models.CharField(
        max_length=200, help_text="by which people know it; unique among those not deleted"
    )
    name_key = models.CharField(max_length=200, help_text="the name as it is compared: case does not matter")
    deleted = models.BooleanField(default=False)
    values = models.JSONField(help_text="as published, without id and deleted")
    revision = models.BigIntegerField(help_text="the number of its last change in the audit trail")
    updated = models.BigIntegerField(help_text="epoch milliseconds")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "number"], name="an_object_has_an_id"),
            models.UniqueConstraint(
                fields=["account", "type", "name_key"],
                condition=models.Q(deleted=False),
                name="a_name_is_given_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.number} of {self.account_id}"


class Reference(models.Model):
    """That one object names another. Made from the values, to answer quickly who uses what."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    holder = models.BigIntegerField(help_text="the number of the object that names")
    element = models.CharField(max_length=64)
    target = models.BigIntegerField(help_text="the number of the object that is named")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["account", "holder", "element", "target"], name="a_reference_is_kept_once"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "target"], name="who_uses_an_object")]

    def __str__(self) -> str:
        return f"{self.element} of {self.holder} names {self.target} in {self.account_id}"
