"""Engagement: the conversations of a visit, or one of messaging (Data Access API, "Engagement")."""

import polars as pl

from trunkline.events.conversations import (
    ConversationConnected,
    ConversationEnded,
    ConversationQueued,
    ConversationRequested,
    ConversationTransferred,
)
from trunkline.events.envelope import Event
from trunkline.pipeline.records.conversation import (
    CONVERSATION,
    first_of,
    last_of,
    lines_of,
    scores_of,
    secure_forms_of,
    transfers_of,
    with_parts,
)
from trunkline.pipeline.records.items import joined, node_of, read
from trunkline.pipeline.records.visitor import HEADER, with_header
from trunkline.schemas.encoding import Filled, Items, Source, encoded, text
from trunkline.schemas.registry import Schema

_REQUEST = {
    "consumerId": "consumerId",
    "sourceOrigin": "sourceOrigin",
    "sourceDevice": "sourceDevice",
    "startReasonId": "startReason",
    "startPage": "startPage",
    "startUrl": "startUrl",
    "campaignId": "campaignId",
    "campaignEngagementId": "campaignEngagementId",
    "begunInVisit": "visitId",
}
"""Column of a conversation ← member of the event with which it was requested."""
_CAMPAIGN = ["campaignId", "campaignEngagementId"]
_SOURCES: dict[str, Source] = {
    "type": Filled(pl.col("type")),
    **{
        name: pl.col(name)
        for name in (
            *("conversationId", "conversationStartTime", "interactionStartTime", "conversationEndTime"),
            *("consumerId", "sourceOrigin", "sourceDevice", "endReasonId", "campaignData", "skills"),
            *("agentId", "skillID", "startReasonId", "startPage", "startUrl", "mcs"),
            *("queueStartTime", "queueEndTime"),
        )
    },
    "isInteractive": Filled(pl.col("isInteractive")),
    **{name: Items(pl.col(name)) for name in ("transcripts", "transfers", "secureForms")},
}


def collection(sessions: pl.DataFrame, rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """One item for each session: its conversations, in the order of their first events."""
    conversations = _conversations(with_parts(rows), schema)
    node = node_of(schema, "recordCollection", "body", "engagements")
    # An item of the list is a union itself: it stands under the name of its branch.
    texts = conversations.select("session", text=text(encoded(["null", node], _SOURCES)))
    found = _with_visit(with_header(sessions, rows), conversations)
    record = encoded(
        node_of(schema, "recordCollection"),
        {"body": {"header": HEADER, "engagements": Items(pl.col("items"))}},
    )
    ids = conversations.group_by("session").agg(ids="conversationId")
    found = found.join(joined(texts, ["session"], "items"), on="session").join(ids, on="session")
    return found.select("session", "ids", collection=text(record))


def _with_visit(header: pl.DataFrame, conversations: pl.DataFrame) -> pl.DataFrame:
    """A messaging conversation names the visit in which it was begun."""
    begun = conversations.group_by("session").agg(pl.col("begunInVisit").drop_nulls().first())
    header = header.join(begun, on="session", how="left")
    return header.with_columns(visitId=pl.coalesce("visitId", "begunInVisit"))


def _conversations(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """A line for each conversation, with the columns of `_SOURCES`."""
    found = rows.group_by(CONVERSATION, maintain_order=True).agg(
        type=pl.when(pl.col("actor").first().str.starts_with("c/"))
        .then(pl.lit("MESSAGING"))
        .otherwise(pl.lit("LIVE_CHAT")),
        parts=pl.col("part").last(),
    )
    connected = read(rows, ConversationConnected)
    transcript, visitor_wrote = lines_of(rows, schema)
    facts = [
        first_of(read(rows, ConversationRequested), conversationStartTime="timestamp", **_REQUEST),
        first_of(read(rows, ConversationQueued), queued="timestamp"),
        first_of(connected, interactionStartTime="timestamp"),
        last_of(connected, agentId="agentId"),
        last_of(read(rows, ConversationEnded), conversationEndTime="timestamp", endReasonId="reason"),
        _skills(rows),
        scores_of(rows),
        transcript,
        transfers_of(rows, visitor_wrote, schema),
        secure_forms_of(rows, schema),
        visitor_wrote.group_by(CONVERSATION).agg(written=pl.col("part").max()),
    ]
    for fact in facts:
        found = found.join(fact, on=CONVERSATION, how="left", maintain_order="left")
    has_campaign = pl.any_horizontal(pl.col(name).is_not_null() for name in _CAMPAIGN)
    return found.with_columns(
        pl.col("transcripts", "transfers", "secureForms").fill_null(""),
        queueStartTime=pl.coalesce("queued", "conversationStartTime"),
        queueEndTime=pl.col("interactionStartTime"),
        # Of the last part: since the last transfer.
        isInteractive=(pl.col("written") == pl.col("parts")).fill_null(False),
        campaignData=pl.when(has_campaign).then(pl.struct(_CAMPAIGN)),
    )


def _skills(rows: pl.DataFrame) -> pl.DataFrame:
    """All skills of a conversation, each once in the order in which they came, and the last one."""
    named: dict[type[Event], str] = {
        ConversationRequested: "skillId",
        ConversationQueued: "skillId",
        ConversationConnected: "skillId",
        ConversationTransferred: "targetSkillId",
    }
    skills = pl.concat(
        read(rows, event).select(*CONVERSATION, "row", skill=member) for event, member in named.items()
    )
    skills = skills.filter(pl.col("skill").is_not_null()).sort("row")
    return skills.group_by(CONVERSATION, maintain_order=True).agg(
        skills=pl.col("skill").unique(maintain_order=True), skillID=pl.col("skill").last()
    )
