"""What happens in a conversation: lines, transfers, forms and scores, as the items of its record."""

from typing import Any

import polars as pl

from trunkline.events.conversations import (
    ConversationConnected,
    ConversationLine,
    ConversationScored,
    ConversationTransferred,
    SecureFormUsed,
)
from trunkline.events.parts import LineType
from trunkline.pipeline.records.items import joined, node_of, read
from trunkline.schemas.encoding import Filled, Source, encoded, text
from trunkline.schemas.registry import Schema

CONVERSATION = ["session", "conversationId"]
"""What tells one conversation from another."""
_WHERE = ("recordCollection", "body", "engagements")
_TIME: dict[str, Source] = {"timestamp": Filled(pl.col("timestamp"))}
_LINE: dict[str, Source] = {
    **_TIME,
    "type": Filled(pl.col("lineType").cast(pl.String)),
    **{
        name: pl.col(name)
        for name in (
            *("text", "by", "controlType", "agentId", "contentFormat", "messageId", "dialogId"),
            *("fileData", "linkData", "mcs"),
        )
    },
}
_TRANSFER: dict[str, Source] = {
    **_TIME,
    **{name: pl.col(name) for name in ("skillId", "targetSkillId", "agentId", "targetAgentId", "reason")},
    "isInteractive": Filled(pl.col("interactive")),
    "queueStartTime": Filled(pl.col("timestamp")),
    "queueEndTime": pl.col("taken"),
}
_FORM: dict[str, Source] = {
    **_TIME,
    **{name: pl.col(name) for name in ("formId", "title", "state", "agentId")},
}


def with_parts(rows: pl.DataFrame) -> pl.DataFrame:
    """With `part`: how many times the conversation had been handed on."""
    handed_on = pl.col("type") == str(ConversationTransferred.__struct_config__.tag)
    return rows.with_columns(part=handed_on.cum_sum().over(CONVERSATION).cast(pl.Int64))


def first_of(events: pl.DataFrame, **columns: str) -> pl.DataFrame:
    """Of each conversation the first of these events, with columns ← members."""
    return events.unique(CONVERSATION, keep="first", maintain_order=True).select(*CONVERSATION, **columns)


def last_of(events: pl.DataFrame, **columns: str) -> pl.DataFrame:
    return events.unique(CONVERSATION, keep="last", maintain_order=True).select(*CONVERSATION, **columns)


def lines_of(rows: pl.DataFrame, schema: Schema) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The `transcripts` of each conversation; and each of its parts in which the visitor wrote."""
    lines = read(rows, ConversationLine)
    scored = read(rows, ConversationScored).filter(pl.col("messageId").is_not_null())
    message = [*CONVERSATION, "messageId"]
    scores = scored.unique(message, keep="last").select(*message, mcs=_score())
    lines = lines.join(scores, on=message, how="left", maintain_order="left")
    of_visitor = lines.filter(pl.col("lineType") == int(LineType.VISITOR))
    return (
        _items(lines, _LINE, "transcripts", schema),
        of_visitor.select(*CONVERSATION, "part").unique(),
    )


def transfers_of(rows: pl.DataFrame, visitor_wrote: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The `transfers`: each begins to wait when it happens, and waits until the next agent takes the conversation."""
    transfers = read(rows, ConversationTransferred)
    taken = read(rows, ConversationConnected)
    taken = taken.group_by(*CONVERSATION, "part").agg(taken=pl.col("timestamp").first())
    before = visitor_wrote.with_columns(pl.col("part") + 1, interactive=pl.lit(True))
    part = [*CONVERSATION, "part"]
    transfers = transfers.join(taken, on=part, how="left", maintain_order="left")
    transfers = transfers.join(before, on=part, how="left", maintain_order="left")
    transfers = transfers.with_columns(pl.col("interactive").fill_null(False))
    return _items(transfers, _TRANSFER, "transfers", schema)


def secure_forms_of(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    return _items(read(rows, SecureFormUsed), _FORM, "secureForms", schema)


def scores_of(rows: pl.DataFrame) -> pl.DataFrame:
    """The last score of the whole conversation."""
    scored = read(rows, ConversationScored).filter(pl.col("messageId").is_null())
    return scored.unique(CONVERSATION, keep="last", maintain_order=True).select(*CONVERSATION, mcs=_score())


def _score() -> pl.Expr:
    return pl.struct(mcs=pl.col("score"), timestamp=pl.col("timestamp"))


def _items(events: pl.DataFrame, source: dict[str, Source], field: str, schema: Schema) -> pl.DataFrame:
    node = node_of(schema, *_WHERE, field)
    known = {name: source[name] for name in _names(node)}
    texts = events.select(*CONVERSATION, text=text(encoded(node, known)))
    return joined(texts, CONVERSATION, field)


def _names(node: dict[str, Any]) -> list[str]:
    """The fields that this version has."""
    return [field["name"] for field in node["fields"]]
