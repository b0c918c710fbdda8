"""The demo shop as a process."""

from pathlib import Path

import uvicorn

from trunkline.shop.site import Site, Tagged

HOST = "127.0.0.1"
"""Only ever this machine: it is a demonstration."""


def serve(tagged: Tagged, port: int, certificate: Path, key: Path) -> None:
    """Run until SIGTERM or SIGINT."""
    uvicorn.run(
        Site(tagged),
        host=HOST,
        port=port,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        lifespan="off",
        ws="none",
        server_header=False,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
