"""Visitors: what one does between arriving and leaving is a session, and so is a messaging conversation.

Web Session, Engagement and Survey are three views of the same sessions, so a visit has one id and one end in all of them: a chat
is published with its visit, a survey too, a messaging conversation at its close.

The rules look at the envelope of an event; the rest stays the text that it was in the segment (`body`) until a record is
made of it.
"""

from typing import Any

import polars as pl

from trunkline.events import types_of
from trunkline.events.conversations import ConversationRequested
from trunkline.events.visits import VisitEnded, VisitorEvent, VisitStarted
from trunkline.pipeline.records import engagement, survey, web_session
from trunkline.pipeline.sessions.kinds import ENVELOPE, Kind, Output

VISITOR, CONVERSATION = "v/", "c/"
"""First letters of an actor: a visitor by its id, or a messaging conversation by its id."""

_WHO = {name: pl.String() for name in ("visitorId", "contextId", "conversationId")}
_READ = pl.Struct(
    {
        "accountId": pl.String(),
        **ENVELOPE,
        **_WHO,
        "conversationType": pl.String(),
    }
)
_COLUMNS = {"accountId": pl.String(), "actor": pl.String(), **ENVELOPE, **_WHO, "body": pl.String()}


def _decoded(lines: pl.LazyFrame) -> pl.LazyFrame:
    read = lines.select(body="line", read=pl.col("line").str.json_decode(_READ)).unnest("read")
    return read.with_columns(actor=_actor()).select(*_COLUMNS)


def _actor() -> pl.Expr:
    messaging = (pl.col("conversationType") == "MESSAGING").fill_null(False)
    return (
        pl.when(messaging | pl.col("visitorId").is_null())
        .then(pl.lit(CONVERSATION) + pl.col("conversationId"))
        .otherwise(pl.lit(VISITOR) + pl.col("visitorId"))
    )


def _is(event: Any) -> pl.Expr:
    return pl.col("type") == str(event.__struct_config__.tag)


_LASTING = pl.col("actor").str.starts_with(CONVERSATION)


_SAY_NOTHING = {str(VisitEnded.__struct_config__.tag)}
"""Types that close a session and stand in no record."""


def _output(data_type: str, symbol: str, collection: Any, prefix: str, *, has_ids: bool = False) -> Output:
    return Output(
        data_type=data_type,
        symbol=symbol,
        file_prefix=symbol,
        types=frozenset(name for name in types_of(VisitorEvent.kind) if name.startswith(prefix))
        - _SAY_NOTHING,
        collection=collection,
        has_ids=has_ids,
    )


VISITS = Kind(
    name=VisitorEvent.kind,
    actor="actor",
    columns=_COLUMNS,
    prefixes=("visit.", "conversation.", "survey."),
    decoded=_decoded,
    opens=_is(VisitStarted) | (_is(ConversationRequested) & _LASTING),
    ends=_is(VisitEnded) | ((pl.col("type") == "conversation.ended") & _LASTING),
    beats=pl.lit(False),
    lasting=_LASTING,
    sent=pl.col("body").str.replace_all(r',"(?:r|firstR)eceivedAt":\d+', ""),
    outputs=(
        _output("webSession", "WebSession", web_session.collection, "visit."),
        _output("engagement", "Engagement", engagement.collection, "conversation.", has_ids=True),
        _output("survey", "Survey", survey.collection, "survey.", has_ids=True),
    ),
    weight=4,
    held={},
    before={},
)
