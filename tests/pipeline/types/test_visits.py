"""Visits, chats, messaging and surveys: small stories, and the files that are to come of them."""

from pathlib import Path

import pytest
from tests.pipeline.visitors import (
    VICKY,
    VISIT,
    WILL,
    answer,
    files,
    in_chat,
    in_messaging,
    line,
    named,
    of_survey,
    of_visitor,
    page,
    visit,
    visit_rules,
    visits_world,
)
from tests.pipeline.world import CONTOSO, H0, NORTHWIND, World

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS

M = MINUTE_MS


@pytest.fixture
def world(tmp_path: Path) -> World:
    return visits_world(tmp_path)


# Closing


def test_a_visit_closes_at_its_end_and_its_chat_and_survey_are_published_with_it(world: World) -> None:
    world.received(*visit())
    world.run(H0 + HOUR_MS)
    assert files(world) == VISIT


def test_a_chat_that_is_over_waits_for_its_visit(world: World) -> None:
    world.received(*visit()[:-1], page(34 * M), page(63 * M))
    world.run(H0 + HOUR_MS)
    assert files(world) == {}
    world.run(H0 + 2 * HOUR_MS)
    assert list(files(world)) == ["webSession 1", "engagement 1", "survey 1"]


def test_a_visit_closes_when_nothing_happened_for_thirty_minutes(world: World) -> None:
    world.received(page(0, url="a"), page(30 * M, url="b"), page(60 * M + 1, url="c"))
    world.run(H0 + 2 * HOUR_MS)
    assert files(world) == {"webSession 1": [(0, 30 * M, ["a", "b"]), (60 * M + 1, 60 * M + 1, ["c"])]}


def test_a_second_arrival_closes_the_visit_before_it_at_its_last_event(world: World) -> None:
    world.received(of_visitor("started", 0), page(M, url="a"), of_visitor("started", 5 * M), page(6 * M))
    world.run(H0 + HOUR_MS)
    assert files(world) == {"webSession 0": [(0, M, ["a"]), (5 * M, 6 * M, ["page"])]}


def test_a_visit_that_lasts_too_long_is_cut_and_its_chat_stands_in_both_under_one_id(world: World) -> None:
    world.received(*(line(step * 20 * M, f"{step}") for step in range(20)))
    world.run_all(H0 + 9 * HOUR_MS)
    first, second = [f"{step}" for step in range(18)], ["18", "19"]
    assert files(world) == {
        "engagement 6": [(0, 360 * M, [("chat-1", *first)])],
        "engagement 7": [(360 * M, 380 * M, [("chat-1", *second)])],
    }
    assert named(world) == {"engagement 6": ["chat-1"], "engagement 7": ["chat-1"]}


def test_a_messaging_conversation_closes_at_its_end_whatever_its_visitor_does(world: World) -> None:
    talk = [in_messaging("requested", 0, visitorId=VICKY), in_messaging("ended", 5 * M, visitorId=VICKY)]
    world.received(*talk, page(2 * M), page(20 * M))
    world.run(H0 + HOUR_MS)
    assert files(world) == {"engagement 0": [(0, 5 * M, [("talk-1",)])]}
    world.run(H0 + 2 * HOUR_MS)
    assert files(world)["webSession 1"] == [(2 * M, 20 * M, ["page", "page"])]


def test_a_messaging_conversation_may_be_silent_for_days_and_is_cut_at_its_maximum(tmp_path: Path) -> None:
    lengths = {"messaging_inactivity": 2 * DAY_MS, "messaging_maximum": 3 * DAY_MS}
    world = visits_world(tmp_path, **lengths)
    says = [in_messaging("line", day * DAY_MS, lineType=0, text=f"{day}") for day in range(5)]
    world.received(in_messaging("requested", 0), *says, in_messaging("ended", 4 * DAY_MS + M))
    world.run_all(H0 + 6 * DAY_MS, DAY_MS)
    assert files(world) == {
        "engagement 72": [(0, 3 * DAY_MS, [("talk-1", "0", "1", "2")])],
        "engagement 96": [(3 * DAY_MS, 4 * DAY_MS + M, [("talk-1", "3", "4")])],
    }


def test_what_comes_after_the_end_of_a_messaging_conversation_is_a_session_of_its_own(world: World) -> None:
    survey = answer(9 * M, None, conversationId="talk-1")
    world.received(in_messaging("requested", 0), in_messaging("ended", 5 * M), survey)
    world.run_all(H0 + 4 * DAY_MS, DAY_MS)
    assert files(world) == {
        "engagement 0": [(0, 5 * M, [("talk-1",)])],
        "survey 72": [(9 * M, 9 * M, [(275, 1)])],
    }


def test_every_length_is_the_accounts_own(tmp_path: Path) -> None:
    rules = {"inactivity": 5 * M, "maximum": 20 * M, "messaging_inactivity": M, "messaging_maximum": 2 * M}
    world = visits_world(tmp_path, **rules)
    world.rules[CONTOSO] = visit_rules()
    story = [page(at * M, url=f"{at}") for at in (0, 5, 11, 15, 20, 25, 30, 31)]
    talk = [in_messaging("line", at * M, lineType=0, text=f"{at}") for at in (0, 1, 2, 4)]
    world.received(*(one | {"accountId": account} for one in story + talk for account in world.rules))
    world.run(H0 + HOUR_MS)
    assert files(world) == {
        "webSession 0": [
            (0, 5 * M, ["0", "5"]),
            (11 * M, 31 * M, ["11", "15", "20", "25", "30"]),
            (31 * M, 31 * M, ["31"]),
        ],
        "engagement 0": [
            (0, 2 * M, [("talk-1", "0", "1")]),
            (2 * M, 2 * M, [("talk-1", "2")]),
            (4 * M, 4 * M, [("talk-1", "4")]),
        ],
    }
    assert files(world, CONTOSO) == {}


# What belongs together


def test_a_chat_may_begin_a_visit(world: World) -> None:
    world.received(in_chat("requested", 0), line(M, "hello"), page(2 * M), of_visitor("ended", 3 * M))
    world.run(H0 + HOUR_MS)
    assert files(world) == {
        "webSession 0": [(0, 3 * M, ["page"])],
        "engagement 0": [(0, 3 * M, [("chat-1", "hello")])],
    }


def test_a_visit_of_which_nothing_is_known_but_a_survey(world: World) -> None:
    world.received(of_survey("shown", 0), answer(M), answer(2 * M, surveyId=276))
    world.run(H0 + HOUR_MS)
    assert files(world) == {"survey 0": [(0, 2 * M, [(275, 1), (276, 1)])]}
    assert named(world) == {"survey 0": []}


def test_a_survey_without_visitor_is_published_with_its_messaging_conversation(world: World) -> None:
    survey = answer(M, None, conversationId="talk-1")
    world.received(in_messaging("requested", 0), survey, in_messaging("ended", 2 * M))
    world.run(H0 + HOUR_MS)
    assert files(world) == {
        "engagement 0": [(0, 2 * M, [("talk-1",)])],
        "survey 0": [(0, 2 * M, [(275, 1)])],
    }
    assert named(world) == {"engagement 0": ["talk-1"], "survey 0": ["talk-1"]}


def test_a_conversation_without_a_type_is_a_chat_also_beside_messaging_of_the_same_id(world: World) -> None:
    talk = in_messaging("line", M, "one", visitorId=VICKY, lineType=0, text="messaging")
    world.received(line(0, "chat", "one"), talk, of_visitor("ended", 2 * M))
    ended = in_messaging("ended", 3 * M, "one", visitorId=VICKY)
    world.received(ended, collector="web-2")
    world.run(H0 + HOUR_MS)
    assert files(world) == {
        "engagement 0": [(M, 3 * M, [("one", "messaging")]), (0, 2 * M, [("one", "chat")])],
    }


def test_a_visit_in_which_nothing_happened_but_its_end_has_no_record(world: World) -> None:
    world.received(of_visitor("ended", 0))
    world.run(H0 + HOUR_MS)
    assert files(world) == {}
    world.received(page(-M, receivedAt=HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    assert files(world) == {"webSession 1": [(-M, 0, ["page"])]}


def test_two_visitors_and_two_accounts_are_kept_apart(world: World) -> None:
    world.rules[CONTOSO] = visit_rules("1.0.0.22")
    foreign = [one | {"accountId": CONTOSO} for one in visit()]
    world.received(*visit(), *visit(visitor=WILL), *foreign)
    world.run(H0 + HOUR_MS)
    assert files(world, CONTOSO) == VISIT
    assert files(world)["engagement 0"] == [
        (0, 10 * M, [(f"chat-of-{who}", "hello")]) for who in (VICKY, WILL)
    ]


def test_an_end_and_an_arrival_in_one_millisecond_are_the_last_of_one_and_the_first_of_the_next(
    world: World,
) -> None:
    world.received(
        of_visitor("started", 5 * M), of_visitor("ended", 5 * M), page(0, url="a"), page(5 * M, url="b")
    )
    world.received(of_visitor("ended", 6 * M), collector="web-2")
    world.run(H0 + HOUR_MS)
    assert files(world) == {"webSession 0": [(0, 5 * M, ["a", "b"]), (5 * M, 6 * M, [])]}


def test_events_of_one_millisecond_stand_in_the_order_of_their_ids(world: World) -> None:
    names = ["c", "a", "b"]
    world.received(*(page(0, url=name, eventId=name) for name in names), of_visitor("ended", 0))
    world.run(H0 + HOUR_MS)
    assert files(world) == {"webSession 0": [(0, 0, ["a", "b", "c"])]}


def test_null_and_empty_texts_come_out_as_they_are(world: World) -> None:
    says = [line(0, ""), line(1, "x") | {"text": None}, in_chat("line", 2, lineType=0)]
    world.received(*says, page(3, url="", contextId=None), of_visitor("ended", M))
    world.run(H0 + HOUR_MS)
    assert files(world) == {
        "webSession 0": [(0, M, [""])],
        "engagement 0": [(0, M, [("chat-1", "", None, None)])],
    }


# Versions, and what is switched on


def test_each_data_type_has_its_own_version_and_only_later_ones_always_know_an_end(world: World) -> None:
    versions = {"webSession": "1.0.0.22", "engagement": "1.0.0.35", "survey": "1.0.0.22"}
    world.rules[NORTHWIND] = visit_rules(versions=versions)
    world.received(*visit()[:-1])
    world.run(H0 + HOUR_MS)
    assert {file.data_type: file.schema_version for file in world.listed()} == versions
    ends = {name: records[0][1] for name, records in files(world).items()}
    assert ends == {"webSession 0": None, "engagement 0": 5 * M, "survey 0": None}


@pytest.mark.parametrize("on", [("webSession",), ("engagement",), ("survey", "engagement")])
def test_only_what_is_switched_on_is_published_and_its_visits_are_the_same(
    world: World, on: tuple[str, ...]
) -> None:
    world.rules[NORTHWIND] = visit_rules(on=on)
    world.received(*visit())
    world.run(H0 + HOUR_MS)
    assert files(world) == {name: records for name, records in VISIT.items() if name.split()[0] in on}


def test_what_is_switched_on_later_begins_with_the_visits_that_close_from_then_on(world: World) -> None:
    world.rules[NORTHWIND] = visit_rules(on=("webSession",))
    world.received(*visit(), *visit(40 * M, WILL))
    world.run(H0 + HOUR_MS)
    world.rules[NORTHWIND] = visit_rules()
    world.received(page(2 * M, url="late", receivedAt=HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    after = files(world)
    assert list(after) == ["webSession 0", "webSession 1", "engagement 1", "survey 1"]
    assert after["webSession 1"] == [(0, 10 * M, ["shoes", "late"]), (40 * M, 50 * M, ["shoes"])]
    assert after["engagement 1"] == [(40 * M, 50 * M, [(f"chat-of-{WILL}", "hello")])]


def test_a_record_that_was_off_when_its_visit_changed_supersedes_the_file_that_holds_it(world: World) -> None:
    world.received(*visit())
    world.run(H0 + HOUR_MS)
    world.rules[NORTHWIND] = visit_rules(on=("webSession",))
    world.received(line(3 * M + 1, "off", f"chat-of-{VICKY}", receivedAt=HOUR_MS))
    world.run(H0 + 2 * HOUR_MS)
    world.rules[NORTHWIND] = visit_rules()
    world.received(line(3 * M + 2, "on", f"chat-of-{VICKY}", receivedAt=2 * HOUR_MS))
    world.run(H0 + 3 * HOUR_MS)
    said = (f"chat-of-{VICKY}", "hello", "off", "on")
    assert files(world) == VISIT | {"engagement 2": [(0, 10 * M, [said])]}
    (file,) = [file for file in world.listed() if file.supersedes]
    assert file.supersedes == (f"Engagement.{H0}.{H0 + HOUR_MS}.part-00000-0.gz",)
