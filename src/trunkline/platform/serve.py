"""The platform's server: granian, one process; requests are answered in as many threads as the settings say."""

import os

import structlog
from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings

from trunkline.descriptors import raise_limit
from trunkline.platform.exhaustion import end_when_exhausted
from trunkline.platform.gateway import Gateway
from trunkline.platform.parent import end_with_parent
from trunkline.settings import Settings

log = structlog.get_logger()

# Downloads that run when the server is told to stop may end within this time.
STOP_TIMEOUT_S = 30

# A caller has this long to send a request's head, and to say nothing between two requests.
HEAD_TIMEOUT_MS = 10_000

# About 50 KB each; callers beyond wait to be accepted.
MOST_CONNECTIONS = 8192


def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; the exit code.

    The worker is a process of its own and reads the same environment as this one.
    """
    host, _, port = settings.platform_bind.rpartition(":")
    # The rest is for callers in their TLS handshake, whom granian does not count, and for files and databases.
    connections = min(raise_limit() // 2, MOST_CONNECTIONS)
    server = Granian(
        "trunkline.platform.serve:worker",
        factory=True,
        address=host.strip("[]"),
        port=int(port),
        interface=Interfaces.RSGI,
        workers=1,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=connections,
        http1_settings=HTTP1Settings(header_read_timeout=HEAD_TIMEOUT_MS),
        log_enabled=False,
        ssl_cert=settings.tls_certificate,
        ssl_key=settings.tls_key,
        # Clients of the published API are older than TLS 1.3.
        ssl_protocol_min=SSLProtocols.tls12,
        workers_kill_timeout=STOP_TIMEOUT_S,
    )
    log.info("platform listens", address=settings.platform_bind, tls=settings.tls_certificate is not None)
    server.serve()
    return 0


def worker() -> Gateway:
    """The application, in the process that granian made for it."""
    # A worker that outlived a killed server would keep the port, and answer for a version that is gone.
    end_with_parent(os.getppid())
    end_when_exhausted()
    from django.conf import settings

    from trunkline.platform.wsgi import application

    return Gateway(application, settings.TRUNKLINE.platform_threads)
