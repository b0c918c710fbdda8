"""Dead letters: what was refused, with the reason, so that it can be mended and sent again."""

import base64
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from trunkline.segments.manifest import Tally

MOST_BODY_BYTES = 64 * 2**10
TORN = "torn"


class DeadLetter(msgspec.Struct, rename="camel", frozen=True, kw_only=True, omit_defaults=True):
    """One refused event, or one refused request (`index` absent)."""

    reason: str
    message: str
    received_at: int
    body: str
    encoding: str
    """`utf-8`, or `base64` for bytes that are not."""
    body_bytes: int | None = None
    """The length of the whole body where only its beginning was kept."""
    field: str | None = None
    account_id: str | None = None
    key_id: str | None = None
    index: int | None = None

    @property
    def sent(self) -> bytes:
        """The bytes as they were sent, as far as they were kept."""
        return base64.b64decode(self.body) if self.encoding == "base64" else self.body.encode()


def dead_letter(
    reason: str,
    message: str,
    received_at: int,
    sent: bytes,
    *,
    field: str | None = None,
    account_id: str | None = None,
    key_id: str | None = None,
    index: int | None = None,
) -> DeadLetter:
    """A letter that keeps the bytes as they were sent, up to a limit."""
    body, encoding = _text_of(sent[:MOST_BODY_BYTES])
    return DeadLetter(
        reason=reason,
        message=message,
        received_at=received_at,
        body=body,
        encoding=encoding,
        body_bytes=len(sent) if len(sent) > MOST_BODY_BYTES else None,
        field=field,
        account_id=account_id,
        key_id=key_id,
        index=index,
    )


def _text_of(sent: bytes) -> tuple[str, str]:
    try:
        return sent.decode(), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(sent).decode(), "base64"


def torn_letter(tail: bytes, received_at: int) -> DeadLetter:
    """The letter for what followed the last whole group of a segment."""
    return dead_letter(TORN, "written when the collector died; never acknowledged", received_at, tail)


def encode(letters: Sequence[DeadLetter]) -> bytes:
    return msgspec.json.Encoder().encode_lines(letters)


def tally_letters(letters: Sequence[DeadLetter], received_at: int) -> Tally:
    """The tally of some letters (at least one) received at one moment."""
    return Tally(
        events=len(letters),
        accounts=Counter(letter.account_id for letter in letters if letter.account_id),
        types=Counter(letter.reason for letter in letters),
        min_timestamp=received_at,
        max_timestamp=received_at,
        first_received_at=received_at,
        last_received_at=received_at,
        reasons=by_account((letter.account_id, letter.reason) for letter in letters),
    )


def by_account(letters: Iterable[tuple[str | None, str]]) -> dict[str, Counter[str]]:
    """How many there are of each account ("" where none is known) and reason."""
    counts: dict[str, Counter[str]] = {}
    for (account, reason), count in Counter(letters).items():
        counts.setdefault(account or "", Counter())[reason] += count
    return counts
