from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate


class Audit(AppConfig):
    name = "trunkline.platform.audit"
    label = "audit"

    def ready(self) -> None:
        pre_migrate.connect(_before_migrating, sender=self)
        post_migrate.connect(_after_migrating, sender=self)


def _before_migrating(*, using: str, plan: list[Any], **_rest: Any) -> None:
    from django.db import connections

    from trunkline.platform.audit import shadow
    from trunkline.platform.databases import alias_of

    if plan and using == alias_of("audit"):
        shadow.lift(connections[using])


def _after_migrating(*, using: str, **_rest: Any) -> None:
    from django.db import connections

    from trunkline.platform.audit import shadow
    from trunkline.platform.databases import alias_of
    from trunkline.platform.isolation import lookups
    from trunkline.platform.migrations import pending

    if using == alias_of("audit") and not pending(using):
        shadow.lay(connections[using])
        lookups.lay(connections[using])
