"""Records with their sensitive values encrypted, on their way into a data file.

This is the last step: what a record is, where files are cut and by which digest they are compared is decided by the clear text, so
that what is made again can be compared with what was published.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from trunkline.encryption.encryptor import Encryptor
from trunkline.pipeline.catalogue import SessionRules
from trunkline.schemas.sensitive import Finder, finder

HELD = 256 * 2**10
"""Clear text that is held until it is encrypted, beside one record: large enough to keep all processes at work."""

Encrypt = Callable[[Sequence[str]], Sequence[str]]
Write = Callable[[memoryview], None]


@dataclass(frozen=True)
class Encryption:
    """What a run needs to encrypt."""

    rules: Mapping[str, SessionRules]
    encryptor: Encryptor

    def onto(self, write: Write, account_id: str, data_type: str, version: str) -> "EncryptedText | None":
        """What takes the clear text of such records and writes it encrypted; None where they are published in clear."""
        public_key, its = self.rules[account_id].public_key, finder(data_type, version)
        if public_key is None or not its.finds:
            return None
        return EncryptedText(its, partial(self.encryptor.encrypt, public_key), write)


class EncryptedText:
    """Takes the text of whole records, in blocks that may end anywhere, and writes it on with its values encrypted."""

    def __init__(self, its: Finder, encrypt: Encrypt, write: Write) -> None:
        self._finder, self._encrypt, self._write = its, encrypt, write
        self._held = bytearray()
        self._whole = 0
        """So much of what is held is whole lines."""

    def write(self, text: memoryview) -> None:
        # In pieces, however large the block: what the messages take is many times the text.
        for first in range(0, len(text), HELD):
            self._take(text[first : first + HELD])

    def close(self) -> None:
        """The text has come to its end, which is that of a line."""
        self._hand_on()
        assert not self._held

    def _take(self, text: memoryview) -> None:
        searched = len(self._held)
        self._held += text
        self._whole = max(self._whole, self._held.rfind(b"\n", searched) + 1)
        if len(self._held) >= HELD:
            self._hand_on()

    def _hand_on(self) -> None:
        if self._whole:
            lines, self._held = self._held[: self._whole], self._held[self._whole :]
            self._whole = 0
            self._write(memoryview(self._encrypted(lines)))

    def _encrypted(self, lines: bytearray) -> bytes:
        taken = [self._finder.take_apart(line) for line in lines.removesuffix(b"\n").split(b"\n")]
        # Equal values of a place in a record share a message: an agent's name stands in every row of a log-in.
        places = [
            ((number, value.place, value.text), value)
            for number, (_, values) in enumerate(taken)
            for value in values
        ]
        wanted = list(dict.fromkeys(place for place, _ in places))
        messages = dict(zip(wanted, self._encrypt([text for _, _, text in wanted]), strict=True))
        for place, value in places:
            value.replace(messages[place])
        return b"".join(self._finder.put_together(record) + b"\n" for record, _ in taken)
