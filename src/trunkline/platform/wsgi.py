"""The platform as a WSGI application."""

import logging
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from trunkline import logs
from trunkline.platform.databases import Role, connect_as

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trunkline.platform.settings")
connect_as(Role.APPLICATION)

application = get_wsgi_application()
logs.configure(settings.TRUNKLINE.log_format, settings.TRUNKLINE.log_level)
# Every request has its own line already; of Django's, only failures say more.
logging.getLogger("django.request").setLevel(logging.ERROR)
