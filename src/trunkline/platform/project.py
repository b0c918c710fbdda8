"""Setting Django up for this process, for every program that is not a Django server: commands, workers, the collector."""

import os

import django
from django.apps import apps

from trunkline.platform.databases import Role, connect_as


def start() -> None:
    """Make the platform's models usable, as a program that works for every account. Needs the process's settings in the environment; harmless when repeated."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trunkline.platform.settings")
    if not apps.ready:
        connect_as(Role.SYSTEM)
        django.setup()
