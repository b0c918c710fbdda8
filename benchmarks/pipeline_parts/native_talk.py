"""Conversations and surveys as texts, from what was gathered of them: a part of `native_visits.py`."""

import polars as pl
from native_json import VERSION, node_at, plain, row, spliced, wrapped
from pyspark.sql import Column
from pyspark.sql import functions as fn

from trunkline import schemas

ENGAGEMENT, SURVEY = (schemas.spelled_out(name, VERSION) for name in ("engagement", "survey"))


def listed(name: str) -> Column:
    """The texts of gathered events as an array."""
    return array_of(fn.transform(name, lambda one: one["text"]))


def talk_node(field: str):
    return node_at(ENGAGEMENT, "recordCollection", "body", "engagements", field)


def array_of(texts: Column) -> Column:
    return fn.concat(fn.lit('{"array":['), fn.concat_ws(",", texts), fn.lit("]}"))


def conversation_text() -> Column:
    node = node_at(ENGAGEMENT, "recordCollection", "body", "engagements")
    of_all = fn.filter("scores", lambda one: one["messageId"].isNull())
    score = fn.try_element_at(of_all, fn.lit(-1))
    mcs = pl.Struct({"mcs": pl.Int64(), "timestamp": pl.Int64()})
    campaign = fn.struct("campaignId", "campaignEngagementId")
    has_campaign = fn.coalesce("campaignId", "campaignEngagementId").isNotNull()
    asked = fn.transform("asked", lambda one: one["skill"])
    talks_alone = fn.col("actor").startswith("c/")
    source = plain(
        *("conversationId", "conversationStartTime", "interactionStartTime", "conversationEndTime"),
        *(
            "consumerId",
            "sourceOrigin",
            "sourceDevice",
            "endReasonId",
            "agentId",
            "startReasonId",
            "startPage",
            "startUrl",
        ),
        queueEndTime="interactionStartTime",
    ) | {
        "type": (fn.when(talks_alone, "MESSAGING").otherwise("LIVE_CHAT"), None),
        "skills": (fn.when(fn.size("asked") > 0, fn.array_distinct(asked)), None),
        "skillID": (fn.get(asked, fn.size("asked") - 1), None),
        "isInteractive": (
            _wrote(fn.coalesce(_at("handed", fn.size("handed") - 1)["place"], fn.lit(0))),
            None,
        ),
        "campaignData": (
            fn.when(has_campaign, campaign),
            pl.Struct({"campaignId": pl.Int64(), "campaignEngagementId": pl.Int64()}),
        ),
        "mcs": (
            fn.when(
                score.isNotNull(),
                fn.struct(score["score"].alias("mcs"), score["timestamp"].alias("timestamp")),
            ),
            mcs,
        ),
        "queueStartTime": (fn.coalesce("queued", "conversationStartTime"), None),
    }
    text = row(node, source)
    lists = {
        "transcripts": array_of(fn.transform("lines", _scored)),
        "transfers": _transfers(),
        "secureForms": listed("forms"),
    }
    for name, texts in lists.items():
        text = spliced(text, name, texts)
    return fn.concat(fn.lit('{"' + node["name"] + '":'), text, fn.lit("}"))


def _at(gathered: str, index: Column) -> Column:
    """Null beyond its ends."""
    return fn.get(gathered, index)


def _wrote(after: Column, before: Column | None = None) -> Column:
    """Whether the visitor wrote a line between these places."""
    by_visitor = fn.filter("lines", lambda one: one["lineType"] == 0)
    return fn.exists(
        by_visitor,
        lambda one: (one["place"] > after) & (fn.lit(True) if before is None else one["place"] < before),
    )


def _scored(line: Column) -> Column:
    """A line with the last score that it was given."""
    own = fn.filter("scores", lambda one: one["messageId"] == line["messageId"])
    last = fn.try_element_at(own, fn.lit(-1))
    field = next(one for one in talk_node("transcripts")["fields"] if one["name"] == "mcs")
    score = fn.struct(last["score"].alias("mcs"), last["timestamp"].alias("timestamp"))
    dtype = pl.Struct({"mcs": pl.Int64(), "timestamp": pl.Int64()})
    text = fn.to_json(fn.struct(wrapped(field["type"], score, dtype).alias("mcs")))
    with_score = fn.replace(line["text"], fn.lit('"mcs":null'), fn.regexp_extract(text, r"^\{(.*)\}$", 1))
    return fn.when(fn.size(own) > 0, with_score).otherwise(line["text"])


def _transfers() -> Column:
    """Each waits until the next agent takes the conversation; interactive if the visitor wrote before, since the last one."""

    def one_text(one: Column, index: Column) -> Column:
        following = fn.coalesce(_at("handed", index + 1)["place"], fn.lit(2**31 - 1))
        previous = fn.coalesce(_at("handed", index - 1)["place"], fn.lit(0))
        taken = fn.filter("taken", lambda it: (it["place"] > one["place"]) & (it["place"] < following))
        names = ("timestamp", "skillId", "targetSkillId", "agentId", "targetAgentId", "reason")
        source = {name: (one[name], None) for name in names} | {
            "isInteractive": (_wrote(previous, one["place"]), None),
            "queueStartTime": (one["timestamp"], None),
            "queueEndTime": (fn.get(taken, fn.lit(0))["timestamp"], None),
        }
        return row(talk_node("transfers"), source)

    return array_of(fn.transform("handed", one_text))


def survey_text() -> Column:
    node = node_at(SURVEY, "recordCollection", "body", "surveys")
    source = plain("viewTime", "conversationId", id="surveyId", type="surveyType")
    return spliced(row(node, source), "contents", listed("answered"))
