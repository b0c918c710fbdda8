"""The texts that a visit's own events, a conversation or a survey give, for PySpark: rows to JSON, and JSON gathered in order."""

import polars as pl
from native_json import VERSION, node_at, one_of, plain, row, spliced, typed, wrapped
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as fn

from trunkline import schemas
from trunkline.events import EVENT_TYPES
from trunkline.pipeline.sessions.kinds import members_of

ATTRIBUTES = {
    "purchase": "Purchase",
    "lead": "Lead",
    "customerInfo": "CustomerInfo",
    "personalInfo": "PersonalInfo",
    "cartStatus": "CartStatus",
    "viewedProduct": "ViewedProduct",
    "serviceActivity": "ServiceActivity",
    "visitorError": "VisitorError",
    "marketingCampaignInfo": "MarketingCampaignInfo",
}
GOALS = {
    "urlGoal": "UrlGoalMetadata",
    "purchase": "PurchaseMetadata",
    "reduceAbandonment": "ReduceAbandonmentGoalMetadata",
    "lead": "LeadMetadata",
    "serviceActivity": "ServiceActivityMetadata",
    "increaseInteraction": "IncreaseInteractionGoalMetadata",
}
SECTIONS = {
    "visit.attributes": ("WebSessionEngAttrsData", "engagementAttributes"),
    "visit.page": ("WebSessionNavigationData", "navigationData"),
    "visit.goal": ("WebSessionGoalAchievedData", "achievedGoals"),
    "visit.eligible": ("WebSessionEligibilityData", "eligibilityData"),
    "visit.impression": ("WebSessionImpressionData", "impressions"),
}
"""Lists of a web session: type of event → body and field."""
ENGINE = r"^https?://(?:[a-z0-9-]+\.)*(google|bing|yahoo|duckduckgo|baidu|yandex|ecosia)\.[a-z.]+(?:[:/?]|$)"
WORDS = r"[?&](?:q|p|wd|text)=([^&]+)"
SESSION = ["accountId", "actor", "number"]
GROUP = [*SESSION, "record", "conversationId", "surveyId", "surveyType"]
"""A visit's own events, a conversation or a survey."""
WEB, ENGAGEMENT, SURVEY = (
    schemas.spelled_out(name, VERSION) for name in ("webSession", "engagement", "survey")
)
Members = dict[str, pl.DataType]
HEADER = '{"header"'
"""Stands in a body until the session is known."""


def is_type(*types: str) -> Column:
    return fn.col("type").isin(*types)


def groups(rows: DataFrame, wide: Members) -> DataFrame:
    """A line for each `GROUP`, with the text of what it holds (`text`), and what the session needs to know of it."""
    record = fn.substring_index("type", ".", 1)
    rows = rows.withColumns({"record": record, "text": _text(wide)})
    grouped = rows.groupBy(*GROUP).agg(*_of_session(), *_of_visit(), *_of_conversation(), *_of_survey())
    kinds = [("visit", _visit()), ("conversation", _conversation()), ("survey", _survey())]
    text = fn.coalesce(*[fn.when(fn.col("record") == name, made) for name, made in kinds])
    return grouped.select(*GROUP, *("first", "last", "opener", "told", "said", "begun"), text.alias("text"))


def _text(wide: Members) -> Column:
    """What an event says in its record."""
    time = plain("timestamp")
    attribute, goal = (_web_node(name) for name in ("visit.attributes", "visit.goal"))
    goal_source = time | plain(
        "campaignGoalRevision", "campaignGoalId", "campaignGoalType", id="achievementId"
    )
    impression = (
        "engagementInstanceId",
        "impressionType",
        "state",
        "engagement",
        "campaign",
        "goal",
        "controlGroup",
    )
    line = plain(
        "timestamp", "text", "by", "controlType", "agentId", "contentFormat", "messageId", "dialogId"
    )
    line |= typed(wide, "fileData", "linkData") | {"type": (fn.col("lineType").cast("string"), None)}
    form = plain("timestamp", "formId", "title", "state", "agentId")

    def answer(one: Column) -> Column:
        source = {f.name: (one.getField(f.name), f.dtype) for f in wide["answers"].inner.fields}
        source |= plain("surveyName", answerSubmitTime="timestamp")
        return row(node_at(SURVEY, "recordCollection", "body", "surveys", "contents"), source)

    texts = {
        "visit.page": row(_web_node("visit.page"), time | typed(wide, "url", "referrerUrl", "sections")),
        "visit.eligible": row(_web_node("visit.eligible"), time | typed(wide, "eligibleCampaigns")),
        "visit.impression": row(_web_node("visit.impression"), time | typed(wide, *impression)),
        "visit.attributes": spliced(
            row(attribute, time), "data", one_of(attribute, "data", ATTRIBUTES, wide)
        ),
        "visit.goal": spliced(
            row(goal, goal_source), "goalMetaData", one_of(goal, "goalMetaData", GOALS, wide)
        ),
        "conversation.line": row(_talk_node("transcripts"), line),
        "conversation.secureForm": row(_talk_node("secureForms"), form),
        "survey.answered": fn.concat_ws(",", fn.transform("answers", answer)),
    }
    return fn.coalesce(*[fn.when(is_type(name), text) for name, text in texts.items()])


def _web_node(event: str):
    return node_at(WEB, "recordCollection", "body", *SECTIONS[event])


def _talk_node(field: str):
    return node_at(ENGAGEMENT, "recordCollection", "body", "engagements", field)


def _gathered(condition: Column, *columns: str) -> Column:
    """The events for which it holds, in order."""
    return fn.sort_array(fn.collect_list(fn.when(condition, fn.struct("place", *columns))))


def _first(condition: Column, column: str) -> Column:
    return fn.min_by(column, fn.when(condition, fn.col("place")))


def _last(condition: Column, column: str) -> Column:
    return fn.max_by(column, fn.when(condition, fn.col("place")))


def _of_session() -> list[Column]:
    """What the session is called, when it begins and ends; who the visitor is."""
    speaks = fn.col("type") != "visit.ended"
    facts = fn.struct("place", "timestamp", "opens", "ends", "sessionId")
    return [
        fn.min(facts).alias("opener"),
        fn.max(facts).alias("last"),
        fn.min("place").alias("first"),
        fn.count(fn.when(speaks, 1)).alias("said"),
        fn.struct(
            *[
                fn.min(fn.when(speaks & fn.col(name).isNotNull(), fn.struct("place", name))).alias(name)
                for name in ("visitorId", "contextId")
            ]
        ).alias("told"),
        _first(is_type("conversation.requested") & fn.col("visitId").isNotNull(), "visitId").alias("begun"),
    ]


def _of_visit() -> list[Column]:
    started = is_type("visit.started")
    return [
        *[_gathered(is_type(name), "text").alias(field) for name, (_, field) in SECTIONS.items()],
        _first(started & fn.col("geo").isNotNull(), "geo").alias("geo"),
        _first(started & fn.col("info").isNotNull(), "info").alias("info"),
        fn.max(started).alias("arrived"),
        _first(is_type("visit.page"), "referrerUrl").alias("referrer"),
    ]


def _of_conversation() -> list[Column]:
    requested, queued, connected, transferred, ended = (
        is_type(f"conversation.{name}")
        for name in ("requested", "queued", "connected", "transferred", "ended")
    )
    skill = fn.when(transferred, fn.col("targetSkillId")).when(
        requested | queued | connected, fn.col("skillId")
    )
    of_request = {
        "conversationStartTime": "timestamp",
        **{name: name for name in ("consumerId", "sourceOrigin", "sourceDevice", "startPage", "startUrl")},
        **{name: name for name in ("campaignId", "campaignEngagementId")},
        "startReasonId": "startReason",
    }
    transfer = ("timestamp", "skillId", "targetSkillId", "agentId", "targetAgentId", "reason")
    return [
        *[_first(requested, column).alias(name) for name, column in of_request.items()],
        _first(queued, "timestamp").alias("queued"),
        _first(connected, "timestamp").alias("interactionStartTime"),
        _last(connected, "agentId").alias("agentId"),
        _last(ended, "timestamp").alias("conversationEndTime"),
        _last(ended, "reason").alias("endReasonId"),
        fn.sort_array(
            fn.collect_list(fn.when(skill.isNotNull(), fn.struct("place", skill.alias("skill"))))
        ).alias("asked"),
        _gathered(is_type("conversation.scored"), "timestamp", "score", "messageId").alias("scores"),
        _gathered(is_type("conversation.line"), "text", "messageId", "lineType").alias("lines"),
        _gathered(transferred, *transfer).alias("handed"),
        _gathered(connected, "timestamp").alias("taken"),
        _gathered(is_type("conversation.secureForm"), "text").alias("forms"),
    ]


def _of_survey() -> list[Column]:
    return [
        _gathered(is_type("survey.answered"), "text").alias("answered"),
        fn.min(fn.when(is_type("survey.shown"), fn.col("timestamp"))).alias("viewTime"),
    ]


def listed(name: str) -> Column:
    """The texts of gathered events as an array."""
    return _array(fn.transform(name, lambda one: one["text"]))


def _array(texts: Column) -> Column:
    return fn.concat(fn.lit('{"array":['), fn.concat_ws(",", texts), fn.lit("]}"))


def _visit() -> Column:
    """The bodies of a web session; where each has its header stands a mark."""
    geo = node_at(WEB, "recordCollection", "body", "WebSessionGeoData", "geoData")
    members = members_of(EVENT_TYPES["visit.started"])
    geo_text = fn.to_json(fn.struct(wrapped(["null", geo], fn.col("geo"), members["geo"]).alias("v")))
    geo_text = fn.regexp_extract(geo_text, r'^\{"v":(.*)\}$', 1)
    bodies = [
        fn.when(fn.col("geo").isNotNull(), body("WebSessionGeoData", "geoData", geo_text)),
        fn.when(fn.col("arrived"), body("WebSessionInfoData", "sessionInfo", _info(members["info"]))),
        *[fn.when(fn.size(field) > 0, body(name, field, listed(field))) for name, field in SECTIONS.values()],
    ]
    return fn.concat_ws(",", *bodies)


def _info(dtype: pl.Struct) -> Column:
    node = node_at(WEB, "recordCollection", "body", "WebSessionInfoData", "sessionInfo")
    info = {f.name: (fn.col("info").getField(f.name), f.dtype) for f in dtype.fields}
    engine = fn.nullif(fn.regexp_extract("referrer", ENGINE, 1), fn.lit(""))
    words = fn.url_decode(fn.nullif(fn.regexp_extract("referrer", WORDS, 1), fn.lit("")))
    info |= {
        "sessionStartTime": (fn.col("opener.timestamp"), None),
        "searchEngine": (fn.coalesce(info["searchEngine"][0], engine), None),
        "searchEngineKey": (
            fn.coalesce(info["searchEngineKey"][0], fn.when(engine.isNotNull(), words)),
            None,
        ),
    }
    return fn.concat(fn.lit('{"' + node["name"] + '":'), row(node, info), fn.lit("}"))


def _conversation() -> Column:
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
        "transcripts": _array(fn.transform("lines", _scored)),
        "transfers": _transfers(),
        "secureForms": listed("forms"),
    }
    for name, array in lists.items():
        text = spliced(text, name, array)
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
    field = next(one for one in _talk_node("transcripts")["fields"] if one["name"] == "mcs")
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
        return row(_talk_node("transfers"), source)

    return _array(fn.transform("handed", one_text))


def _survey() -> Column:
    node = node_at(SURVEY, "recordCollection", "body", "surveys")
    source = plain("viewTime", "conversationId", id="surveyId", type="surveyType")
    return spliced(row(node, source), "contents", listed("answered"))


def body(name: str, field: str, payload: Column, header: Column | None = None) -> Column:
    return fn.concat(
        fn.lit('{"body":{"com.liveperson.dataaccess.' + name + '":'),
        fn.lit(HEADER) if header is None else header,
        fn.lit(f',"{field}":'),
        payload,
        fn.lit("}}}"),
    )
