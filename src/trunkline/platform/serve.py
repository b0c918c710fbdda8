"""The platform's server: granian, one process, as many threads as the settings say."""

import ctypes
import signal

import structlog
from django.core.handlers.wsgi import WSGIHandler
from granian import Granian
from granian.constants import HTTPModes, Interfaces

from trunkline.settings import Settings

log = structlog.get_logger()

# Downloads that run when the server is told to stop may end within this time.
STOP_TIMEOUT_S = 30

_PR_SET_PDEATHSIG = 1


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code.

    The worker is a process of its own and reads the same environment as this one.
    """
    host, _, port = settings.platform_bind.rpartition(":")
    server = Granian(
        "trunkline.platform.serve:worker",
        factory=True,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.platform_threads,
        http=HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        workers_kill_timeout=STOP_TIMEOUT_S,
    )
    log.info("platform listens", address=settings.platform_bind, tls=settings.tls_certificate is not None)
    server.serve()
    return 0


def worker() -> WSGIHandler:
    """The application, in the process that granian made for it."""
    # A worker that outlived a killed server would keep the port, and answer for a version that is gone.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    from trunkline.platform.wsgi import application

    return application
