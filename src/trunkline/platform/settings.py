"""Django's settings for the platform, made from the one frozen object that `trunkline.settings` reads.

Loading them never fails for want of a secret, so that type checkers and migrations can; a server is started only after
`trunkline check`'s rules have been asked, and Django itself refuses to use an empty SECRET_KEY.
"""

import secrets

from trunkline.platform.databases import databases
from trunkline.platform.gateway import MAX_BATCH_BODY
from trunkline.settings import load

TRUNKLINE = load()

# A throw-away key is good enough where log-ins need not outlive the process.
SECRET_KEY = TRUNKLINE.secret_key or (secrets.token_urlsafe(50) if TRUNKLINE.mode == "development" else "")
DEBUG = False
# The Host header is used for nothing: every address is made from the one public URL.
ALLOWED_HOSTS = ["*"]

INSTALLED_APPS = [
    "trunkline.platform.accounts",
    "trunkline.platform.audit",
    "trunkline.platform.auth",
    "trunkline.platform.configuration",
    "trunkline.platform.console",
    "trunkline.platform.data_access",
    "trunkline.web",
]
PASSWORD_HASHERS = ["trunkline.platform.accounts.hashing.Argon2id"]

DATABASES = databases(TRUNKLINE)
DATABASE_ROUTERS = ["trunkline.platform.databases.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOT_URLCONF = "trunkline.platform.urls"
WSGI_APPLICATION = "trunkline.platform.wsgi.application"
APPEND_SLASH = False
MIDDLEWARE = [
    "trunkline.platform.isolation.account.isolated",
    "trunkline.platform.middleware.observed",
    "trunkline.platform.middleware.guarded",
]
# The gateway reads no more, and other servers must not either.
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BATCH_BODY

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["trunkline.web.templatetags.web"],
            "context_processors": ["django.template.context_processors.request"],
        },
    }
]

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False

# structlog writes the logs; see trunkline.logs.
LOGGING_CONFIG = None
