"""What every event carries, whatever its type.

On the wire an event is one flat JSON object; member names are camelCase. `accountId` may be left out (the address of
the request names the account). `receivedAt` is written by the collector and may not be sent, nor may `firstReceivedAt`,
which events have that were dead letters.
"""

from typing import Annotated

from msgspec import Meta, Struct

Text = Annotated[str, Meta(max_length=4096)]
LongText = Annotated[str, Meta(max_length=16_384)]
Name = Annotated[str, Meta(max_length=256)]
Int = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1)]
Long = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]

EventId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="Chosen by the producer, the same each time the event is sent again; a second delivery is dropped.",
    ),
]
Timestamp = Annotated[
    int,
    Meta(
        ge=-(2**63),
        le=2**63 - 1,
        description="When it happened: milliseconds since 1970-01-01T00:00:00Z.",
        examples=[1465992202047],
    ),
]
SessionId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        pattern=r"^[A-Za-z0-9_.:-]+$",
        description="The producer's own id for the session that this event opens; one is made where it is missing.",
    ),
]
VisitorId = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="Tells one visitor (a browser, a device) of an account from another.",
    ),
]
ConversationId = Annotated[
    str, Meta(min_length=1, max_length=128, description="Unique within the account, for good.")
]


class Event(
    Struct,
    tag_field="type",
    rename="camel",
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    gc=False,
):
    """Something an agent or a visitor did."""

    event_id: EventId
    timestamp: Timestamp
    account_id: Annotated[
        str | None, Meta(description="The account; if present it must be the one in the address.")
    ] = None
    received_at: Annotated[
        int | None, Meta(description="Set by the collector: when it was received, epoch milliseconds.")
    ] = None
    first_received_at: Annotated[
        int | None, Meta(description="Set when it was refused first and replayed later: when it was refused.")
    ] = None


SERVER_MEMBERS = ("receivedAt", "firstReceivedAt")
"""Members that no producer may send."""
