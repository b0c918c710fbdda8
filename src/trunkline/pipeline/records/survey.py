"""Survey: what was asked in a visit and what was answered (Data Access API, "Survey")."""

import polars as pl

from trunkline.events.surveys import SurveyAnswered, SurveyShown
from trunkline.pipeline.records.items import joined, node_of, read
from trunkline.pipeline.records.visitor import HEADER, with_header
from trunkline.schemas.encoding import Filled, Items, Source, encoded, text
from trunkline.schemas.registry import Schema

_SURVEY = ["session", "conversationId", "surveyId", "surveyType"]
"""What tells one survey of a session from another; in a conversation, one of a kind is asked once."""
_ANSWER: dict[str, Source] = {
    "answerSubmitTime": Filled(pl.col("timestamp")),
    "surveyName": pl.col("surveyName"),
    **{
        name: pl.col("answers").struct.field(name)
        for name in ("question", "answer", "answerType", "csatThreshold")
    },
}
_SOURCES: dict[str, Source] = {
    "id": pl.col("surveyId"),
    "type": pl.col("surveyType"),
    "viewTime": pl.col("viewTime"),
    "conversationId": pl.col("conversationId"),
    "contents": Items(pl.col("contents")),
}


def collection(sessions: pl.DataFrame, rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """One item for each session: its surveys, in the order of their first events."""
    surveys = _surveys(rows, schema)
    node = node_of(schema, "recordCollection", "body", "surveys")
    texts = surveys.select("session", text=text(encoded(node, _SOURCES)))
    record = encoded(
        node_of(schema, "recordCollection"), {"body": {"header": HEADER, "surveys": Items(pl.col("items"))}}
    )
    ids = surveys.group_by("session").agg(ids="conversationId")
    found = with_header(sessions, rows).join(joined(texts, ["session"], "items"), on="session")
    return found.join(ids, on="session").select("session", "ids", collection=text(record))


def _surveys(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    shown, answered = read(rows, SurveyShown), read(rows, SurveyAnswered).explode("answers")
    node = node_of(schema, "recordCollection", "body", "surveys", "contents")
    answers = answered.select(*_SURVEY, "row", text=text(encoded(node, _ANSWER)))
    views = shown.select(*_SURVEY, "row", viewTime="timestamp")
    every = pl.concat([views, answers], how="diagonal").sort("row", maintain_order=True)
    found = every.group_by(_SURVEY, maintain_order=True).agg(
        pl.col("viewTime").drop_nulls().first(), contents=pl.col("text").drop_nulls()
    )
    return found.with_columns(pl.col("contents").list.join(","))
