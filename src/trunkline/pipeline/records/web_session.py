"""Web Session: what a visitor did in a visit, in up to seven parts (Data Access API, "Web Session")."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from trunkline.events.visits import (
    AttributesSet,
    Eligible,
    GoalAchieved,
    Impression,
    PageViewed,
    VisitStarted,
)
from trunkline.pipeline.records.items import joined, node_of, read
from trunkline.pipeline.records.search import with_search
from trunkline.pipeline.records.visitor import HEADER, with_header
from trunkline.schemas.encoding import Branch, Filled, Items, Source, encoded, text
from trunkline.schemas.registry import Schema

_ATTRIBUTES = {
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
"""Member of the event → branch of the union in the record."""
_GOALS = {
    "urlGoal": "UrlGoalMetadata",
    "purchase": "PurchaseMetadata",
    "reduceAbandonment": "ReduceAbandonmentGoalMetadata",
    "lead": "LeadMetadata",
    "serviceActivity": "ServiceActivityMetadata",
    "increaseInteraction": "IncreaseInteractionGoalMetadata",
}
_TIME: dict[str, Source] = {"timestamp": Filled(pl.col("timestamp"))}
_GOAL: dict[str, Source] = _TIME | {
    "id": pl.col("achievementId"),
    **{name: pl.col(name) for name in ("campaignGoalRevision", "campaignGoalId", "campaignGoalType")},
}


_ITEMS = Items(pl.col("items"))


def collection(sessions: pl.DataFrame, rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The parts that have any content, one item each."""
    found = with_header(sessions, rows)
    named = found
    for body, field, source, part in _parts(sessions, rows, schema):
        record = encoded(
            node_of(schema, "recordCollection"), {"body": Branch(body, {"header": HEADER, field: source})}
        )
        texts = part.join(named, on="session").select("session", text(record).alias(body))
        found = found.join(texts, on="session", how="left", maintain_order="left")
    items = pl.concat_str(found.columns[len(named.columns) :], separator=",", ignore_nulls=True)
    return found.select("session", collection=items)


def _parts(
    sessions: pl.DataFrame, rows: pl.DataFrame, schema: Schema
) -> Iterator[tuple[str, str, Source, pl.DataFrame]]:
    """Name of the body, name of its payload, where that comes from, and a line for each session that has any."""
    started = read(rows, VisitStarted)
    yield "WebSessionGeoData", "geoData", pl.col("geo"), _first(started, "geo")
    pages = read(rows, PageViewed)
    info = with_search(_first(started, "info", missing=True), pages)
    info = info.join(sessions.select("session", "start"), on="session")
    yield "WebSessionInfoData", "sessionInfo", _info(), info
    lists: list[tuple[str, str, Callable[[pl.DataFrame, dict[str, Any]], pl.DataFrame]]] = [
        ("WebSessionEngAttrsData", "engagementAttributes", _attributes),
        ("WebSessionNavigationData", "navigationData", lambda _, node: _pages(pages, node)),
        ("WebSessionGoalAchievedData", "achievedGoals", _goals),
        ("WebSessionEligibilityData", "eligibilityData", _eligible),
        ("WebSessionImpressionData", "impressions", _impressions),
    ]
    for body, field, texts in lists:
        node = node_of(schema, "recordCollection", "body", body, field)
        yield body, field, _ITEMS, joined(texts(rows, node), ["session"], "items")


def _first(events: pl.DataFrame, member: str, *, missing: bool = False) -> pl.DataFrame:
    """The first of each session that has the member; with `missing` also those in which none has it."""
    some = events.group_by("session", maintain_order=True).agg(pl.col(member).drop_nulls().first())
    return some if missing else some.filter(pl.col(member).is_not_null())


def _info() -> dict[str, Source]:
    members = ("userAgent", "deviceOS", "deviceFamily", "siteControlGroup")
    known: dict[str, Source] = {name: pl.col("info").struct.field(name) for name in members}
    return {
        "sessionStartTime": Filled(pl.col("start")),
        **known,
        "searchEngine": pl.col("searchEngine"),
        "searchEngineKey": pl.col("searchEngineKey"),
    }


def _pages(pages: pl.DataFrame, node: dict[str, Any]) -> pl.DataFrame:
    return _texts(pages, node, _TIME | _same("url", "referrerUrl", "sections"))


def _eligible(rows: pl.DataFrame, node: dict[str, Any]) -> pl.DataFrame:
    return _texts(read(rows, Eligible), node, _TIME | _same("eligibleCampaigns"))


def _impressions(rows: pl.DataFrame, node: dict[str, Any]) -> pl.DataFrame:
    names = [field["name"] for field in node["fields"] if field["name"] != "timestamp"]
    return _texts(read(rows, Impression), node, _TIME | _same(*names))


def _attributes(rows: pl.DataFrame, node: dict[str, Any]) -> pl.DataFrame:
    return _by_branch(read(rows, AttributesSet), node, _TIME, "data", _ATTRIBUTES)


def _goals(rows: pl.DataFrame, node: dict[str, Any]) -> pl.DataFrame:
    goals = read(rows, GoalAchieved)
    plain = goals.filter(pl.all_horizontal(pl.col(member).is_null() for member in _GOALS))
    texts = [_texts(plain, node, _GOAL), _by_branch(goals, node, _GOAL, "goalMetaData", _GOALS)]
    return pl.concat(texts).sort("row")


def _by_branch(
    events: pl.DataFrame,
    node: dict[str, Any],
    source: Mapping[str, Source],
    field: str,
    branches: Mapping[str, str],
) -> pl.DataFrame:
    """Branch by branch, so that no row is encoded as what it is not."""
    texts = [
        _texts(
            events.filter(pl.col(member).is_not_null()),
            node,
            {**source, field: Branch(branch, pl.col(member))},
        )
        for member, branch in branches.items()
    ]
    return pl.concat(texts).sort("row")


def _texts(events: pl.DataFrame, node: dict[str, Any], source: Mapping[str, Source]) -> pl.DataFrame:
    return events.select("session", "row", text=text(encoded(node, source)))


def _same(*names: str) -> dict[str, Source]:
    return {name: pl.col(name) for name in names}
