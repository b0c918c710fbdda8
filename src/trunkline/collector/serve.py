"""The collector as a process: its parts put together, its start, its end."""

import asyncio
import gc
import os
import signal
import socket
import threading
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import structlog
import uvicorn
import uvloop

from trunkline.collector.admission import MOST_WAITING_BYTES, Admission, Quotas
from trunkline.collector.app import App
from trunkline.collector.body import Reading
from trunkline.collector.connection import REQUEST_SECONDS, BoundedConnection
from trunkline.collector.disk import DiskReserve
from trunkline.collector.door import Door, room_for_connections
from trunkline.collector.ingest import Ingest
from trunkline.collector.journal import Journal
from trunkline.collector.keyring import Keyring
from trunkline.collector.keys import WriteKeySource
from trunkline.collector.lock import CollectorRunning, hold
from trunkline.collector.metrics import Metrics
from trunkline.collector.tag import BUILT, Tag
from trunkline.collector.uploads import Uploads
from trunkline.descriptors import raise_limit
from trunkline.segments.outbox import Outbox
from trunkline.segments.recorder import Recorder
from trunkline.segments.writer import Sync
from trunkline.settings import Settings
from trunkline.store import LocalStore, make_folder, open_store

log = structlog.get_logger()
# Bodies in the making, of all callers together, in units of the largest body.
_BODIES_AT_ONCE = 16
_GOODBYE_SECONDS = 20


def serve(
    settings: Settings,
    keys: WriteKeySource,
    *,
    sync: Sync = os.fdatasync,
    most_per_sync: int = 4096,
    quotas: Quotas | None = None,
    request_seconds: float = REQUEST_SECONDS,
    most_waiting_bytes: int = MOST_WAITING_BYTES,
) -> int:
    """Run until SIGTERM or SIGINT. Returns the exit code: 0 after an orderly end, 1 where it could not start or the disk
    failed.

    What is no setting is for tests and benchmarks: how a group is made durable, how many requests share it, how many bytes
    may wait for it.
    """
    folder = settings.data / "collector" / settings.collector_id
    try:
        lock = hold(folder)
    except CollectorRunning as error:
        log.error("collector cannot start", error=str(error))
        return 1
    try:
        most_connections = room_for_connections(raise_limit())
        listener = _listen(settings.collector_bind)
        store, uploads = _store(settings, folder)
        recorder = Recorder(
            store, folder, settings.collector_id, segment_bytes=settings.segment_bytes, sync=sync
        )
        journal = Journal(recorder, settings.clock, most_per_sync=most_per_sync)
        app = _build(
            settings,
            [folder, store.root],
            journal,
            uploads,
            Keyring(keys, folder),
            quotas
            or Quotas.at(settings.quota_events, settings.browser_key_events, settings.browser_address_events),
            most_waiting_bytes,
        )
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(_run(settings, app, listener, most_connections, request_seconds))
    except (OSError, ValueError) as error:
        log.error("collector cannot run", error=str(error))
        return 1
    finally:
        os.close(lock)


def _listen(bind: str) -> socket.socket:
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, int(port)), family=family, backlog=2048)


def _store(settings: Settings, folder: Path) -> tuple[LocalStore, Uploads | None]:
    """Where sealed segments go: the store itself, or a folder from which they are uploaded to it."""
    store = open_store(settings.store_url)
    here = store if isinstance(store, LocalStore) else LocalStore(folder / "sealed")
    make_folder(here.root)
    return here, None if here is store else Uploads(Outbox(here, store, settings.collector_id))


def _build(
    settings: Settings,
    folders: Sequence[Path],
    journal: Journal,
    uploads: Uploads | None,
    keyring: Keyring,
    quotas: Quotas,
    most_waiting_bytes: int,
) -> App:
    reserve = DiskReserve(folders, settings.disk_reserve_bytes)
    admission = Admission(quotas, reserve, journal, most_waiting_bytes)
    return App(
        ingest=Ingest(
            journal,
            admission,
            settings.clock,
            most_bytes=settings.max_body_bytes,
            most_events=settings.max_batch_events,
            late_hours=settings.late_hours,
        ),
        journal=journal,
        uploads=uploads,
        keyring=keyring,
        admission=admission,
        reserve=reserve,
        metrics=Metrics(),
        reading=Reading(_BODIES_AT_ONCE * settings.max_body_bytes),
        tag=Tag(BUILT),
        trusted_proxies=settings.trusted_proxies,
    )


async def _run(
    settings: Settings, app: App, listener: socket.socket, most_connections: int, request_seconds: float
) -> int:
    loop = asyncio.get_running_loop()
    app.journal.start(loop)
    if app.uploads:
        app.uploads.start()
    app.keyring.start()
    server = _Server(_configuration(settings, app), app, listener, most_connections, request_seconds)
    if threading.current_thread() is threading.main_thread():
        _own_process(loop, server)
    host, port = listener.getsockname()[:2]
    log.info("collector started", collector=settings.collector_id, address=f"{host}:{port}")
    try:
        await server.serve(sockets=[listener])
    finally:
        app.keyring.stop()
        app.journal.stop()
        if app.uploads:
            app.uploads.stop()
        app.callers.tell()
        app.accounts.tell()
    failed = app.journal.failure is not None
    log.info("collector stopped", collector=settings.collector_id, failed=failed)
    return 1 if failed else 0


def _own_process(loop: asyncio.AbstractEventLoop, server: "_Server") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    # Next to nothing here is cyclic, but the lists in events set off collections by their mere number: a sixth of the time.
    gc.freeze()
    gc.set_threshold(50_000)


def _configuration(settings: Settings, app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )


class _Server(uvicorn.Server):
    """Ends when the disk fails; looks after hours, slow callers and the disk's room once a second."""

    def __init__(
        self,
        config: uvicorn.Config,
        app: App,
        listener: socket.socket,
        most_connections: int,
        request_seconds: float,
    ) -> None:
        super().__init__(config)
        self._collector = app
        self._door = Door(listener, self._connection, self.server_state.connections, most_connections)
        self._request_seconds = request_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=[])
        self._door.open(self.config.ssl)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._door.close()
        await super().shutdown(sockets)

    def _connection(self) -> BoundedConnection:
        return BoundedConnection(self.config, self.server_state, self.lifespan.state)

    def stop(self) -> None:
        self.should_exit = True

    def capture_signals(self) -> Any:
        # Its own way raises the signal again at the end, and the exit code would be lost.
        return nullcontext()

    async def on_tick(self, counter: int) -> bool:
        if self._collector.journal.failure is not None:
            self.should_exit = True
        elif counter % 10 == 0:
            self._collector.tick()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedConnection):
                    connection.close_if_overdue(self._request_seconds)
        return await super().on_tick(counter)
