"""The write keys that count now: refreshed every second, kept on disk for an outage of their source."""

import threading
from pathlib import Path

import msgspec
import structlog

from trunkline.collector.keys import WriteKey, WriteKeySource, digest_of
from trunkline.store import LocalStore

log = structlog.get_logger()
REFRESH_SECONDS = 1.0


class Keyring:
    """Answers from memory. A key that its source no longer names is refused within two seconds."""

    def __init__(
        self, source: WriteKeySource, folder: Path, refresh_seconds: float = REFRESH_SECONDS
    ) -> None:
        self._source = source
        self._snapshot = LocalStore(folder)
        self._refresh_seconds = refresh_seconds
        self._keys: dict[str, WriteKey] | None = self._read()
        self._written = self._keys
        self._source_is_down = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="write-keys", daemon=True)

    @property
    def loaded(self) -> bool:
        """False until there were keys to look at, from the source or from an earlier life."""
        return self._keys is not None

    def find(self, token: str) -> WriteKey | None:
        return (self._keys or {}).get(digest_of(token))

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=5)

    def refresh(self) -> None:
        """Ask the source once; where it is down, the keys stay as they are."""
        try:
            self._keys = {key.digest: key for key in self._source.write_keys()}
        except Exception as error:
            # Only the class: the text of a database's error may hold its address and password.
            if not self._source_is_down:
                log.warning("write keys cannot be refreshed", error=type(error).__name__)
            self._source_is_down = True
            return
        self._source_is_down = False
        if self._keys != self._written:
            self._write(self._keys)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self.refresh()
            self._stopped.wait(self._refresh_seconds)

    def _read(self) -> dict[str, WriteKey] | None:
        try:
            keys = msgspec.json.decode(self._snapshot.read("keys.json"), type=list[WriteKey])
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return {key.digest: key for key in keys}

    def _write(self, keys: dict[str, WriteKey]) -> None:
        try:
            self._snapshot.write("keys.json", msgspec.json.encode(list(keys.values())))
        except OSError as error:
            log.error("write keys cannot be kept", error=error.strerror)
        else:
            self._written = keys
