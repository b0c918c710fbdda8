"""Setting Django up for this process, for every program that is not a Django server: commands, workers, the collector."""

import os

import django
from django.apps import apps


def start() -> None:
    """Make the platform's models usable. Needs the process's settings in the environment; harmless when repeated."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trunkline.platform.settings")
    if not apps.ready:
        django.setup()
