"""The browser tag in a real browser, sending to a real collector; then the collector's segments are read."""

import os
import signal
import time
from pathlib import Path

import pytest

from browser.conftest import a_page, element, recorded
from browser.recorded import kept, of_type, paths
from browser.site import Site
from browser.visiting import EVIL, Visitor, delivered, loaded, until
from collector.running import Running

NO_NAVIGATION_API = "delete window.navigation"


def test_a_visit_is_recorded_with_the_pages_seen_and_what_the_server_knows(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/?from=letter")
    page.click("text=Green")
    page.wait_for_url("**/green")
    delivered(page)
    agent = page.evaluate("navigator.userAgent")
    events = recorded(collector)
    (started,) = of_type(events, "started")
    assert started["geo"] == {"iPV4": "127.0.0.1"}
    assert started["info"] == {"userAgent": agent, "deviceOS": "LINUX", "deviceFamily": "DESKTOP"}
    assert "HeadlessChrome" in agent
    first, second = of_type(events, "page")
    assert first["url"] == f"{site.origin}/?from=letter" and first["referrerUrl"] == ""
    assert second["url"] == f"{site.origin}/green" and second["referrerUrl"] == f"{site.origin}/?from=letter"
    assert len({event["visitorId"] for event in events}) == 1
    assert [event["type"] for event in events] == ["visit.started", "visit.page", "visit.page"]
    assert all(abs(event["timestamp"] - event["receivedAt"]) < 60_000 for event in events)


@pytest.mark.parametrize("script", ["", NO_NAVIGATION_API], ids=["navigation API", "history API"])
def test_navigation_within_a_page_is_a_page_view_and_a_fragment_is_not(
    collector: Running, site: Site, visitor: Visitor, script: str
) -> None:
    visitor.context.add_init_script(script)
    page = visitor.opens(f"{site.origin}/")
    page.evaluate("history.pushState({}, '', '/tea?kind=green')")
    page.evaluate("history.replaceState({}, '', '/tea?kind=green')")
    page.evaluate("location.hash = 'prices'")
    page.evaluate("history.pushState({}, '', '/tea/sencha')")
    page.go_back()
    until(page, "location.href.endsWith('prices')")
    delivered(page)
    events = recorded(collector)
    assert paths(events, site) == ["/", "/tea?kind=green", "/tea/sencha", "/tea?kind=green#prices"]
    assert [event["referrerUrl"].removeprefix(site.origin) for event in of_type(events, "page")] == [
        "",
        "/",
        "/tea?kind=green",
        "/tea/sencha",
    ]


def test_a_page_says_what_it_knows_before_and_after_the_tag_has_arrived(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    site.pages["/early.js"] = '(window.trunkline ||= []).push(["set", {customerInfo: {customerId: "c-7"}}]);'
    early = '<script src="/early.js"></script>'
    site.pages["/"] = a_page("", early + element(collector, 'data-sections="tea, green"'))
    page = visitor.opens(f"{site.origin}/")
    engagement = {"engagement": {"id": 42, "type": "1"}, "campaign": {"id": 31}, "state": "content"}
    page.evaluate(
        """(engagement) => {
            trunkline.set({cartStatus: {total: 12.5, numItems: 1}, personalInfo: {name: "Ada"}});
            trunkline.eligible([{campaign: engagement.campaign, engagements: [engagement.engagement]}]);
            const shown = trunkline.shown(engagement);
            trunkline.accepted(shown);
            trunkline.closed(shown);
            trunkline.timedOut(trunkline.shown({engagement: {id: 43}}));
            trunkline.goal({campaignGoalId: 5, purchase: {total: 12.5, orderId: "o-1"}});
            trunkline.page({url: "https://shop.example/wizard/2", sections: ["wizard"]});
        }""",
        engagement,
    )
    told = page.evaluate("trunkline.visitor()")
    delivered(page)
    events = recorded(collector)
    assert {event["visitorId"] for event in events} == {told}
    attributes = of_type(events, "attributes")
    names = ["customerInfo", "cartStatus", "personalInfo"]
    assert [name for event in attributes for name in names if name in event] == names
    assert attributes[0]["customerInfo"] == {"customerId": "c-7"}
    impressions = of_type(events, "impression")
    assert [event["impressionType"] for event in impressions] == [
        "Show",
        "Accept",
        "Close",
        "Show",
        "Timeout",
    ]
    assert len({event["engagementInstanceId"] for event in impressions}) == 2
    assert impressions[0]["engagement"] == engagement["engagement"]
    (eligible,) = of_type(events, "eligible")
    assert eligible["eligibleCampaigns"] == [
        {"campaign": {"id": 31}, "engagements": [{"id": 42, "type": "1"}]}
    ]
    (goal,) = of_type(events, "goal")
    assert goal["purchase"] == {"total": 12.5, "orderId": "o-1"}
    assert [page.get("sections") for page in of_type(events, "page")] == [["tea", "green"], ["wizard"]]


def test_what_a_page_says_wrongly_fails_neither_the_page_nor_what_else_is_said(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/")
    page.evaluate(
        """() => {
            const ring = {}; ring.ring = ring;
            trunkline.set({cartStatus: ring});
            trunkline.set(null);
            trunkline.shown(undefined);
            trunkline.push(["nonsense"]);
            trunkline.push();
            trunkline.set({colour: "red"});
            trunkline.set({lead: {topic: "x".repeat(20000)}});
            trunkline.set({lead: {topic: "tea"}});
        }"""
    )
    delivered(page)
    events = recorded(collector)
    assert [event["lead"] for event in of_type(events, "attributes")] == [{"topic": "tea"}]


def test_tabs_share_a_visit_also_when_they_are_opened_together(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    tabs = [visitor.context.new_page() for _ in range(4)]
    opener = visitor.context.new_page()
    opener.goto(f"{site.origin}/empty")
    opener.evaluate("for (let tab = 0; tab < 4; tab++) window.open('/green')")
    for tab in tabs:
        tab.goto(f"{site.origin}/", wait_until="commit")
    for page in visitor.context.pages:
        page.wait_for_load_state()
    for page in visitor.context.pages:
        delivered(page)
    events = recorded(collector)
    assert len(of_type(events, "started")) == 1
    assert sorted(paths(events, site)) == ["/"] * 4 + ["/green"] * 4


def test_after_half_an_hour_of_silence_the_same_visitor_begins_another_visit(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/")
    visit = kept(page)["trunkline.75555851.visit"]
    for minutes, word in ((29, "tea"), (31, "cups")):
        silent = f'"seen":{int(time.time() * 1000) - minutes * 60_000}'
        page.evaluate(
            """([visit, silent]) => localStorage.setItem("trunkline.75555851.visit",
            (localStorage.getItem("trunkline.75555851.visit") ?? visit).replace(/"seen":\\d+/, silent))""",
            [visit, silent],
        )
        page.evaluate("(topic) => trunkline.set({lead: {topic}})", word)
        delivered(page)
    events = recorded(collector)
    assert [event["type"].removeprefix("visit.") for event in events] == [
        "started", "page", "attributes", "started", "attributes",
    ]  # fmt: skip
    assert len({event["sessionId"] for event in of_type(events, "started")}) == 2
    assert len({event["visitorId"] for event in events}) == 1


def test_what_happens_offline_is_sent_once_there_is_a_network_again(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/")
    visitor.context.set_offline(True)
    page.evaluate("trunkline.set({lead: {topic: 'offline'}})")
    page.wait_for_timeout(1500)
    assert any(name.startswith("trunkline.75555851.queue.") for name in kept(page))
    visitor.context.set_offline(False)
    delivered(page)
    assert [event["lead"]["topic"] for event in of_type(recorded(collector), "attributes")] == ["offline"]


def test_what_a_collector_that_was_away_did_not_take_the_next_page_sends(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/")
    assert collector.process is not None
    os.kill(collector.process.pid, signal.SIGKILL)
    collector.process.wait()
    page.evaluate("trunkline.set({lead: {topic: 'away'}})")
    page.wait_for_timeout(1500)
    page.close()
    collector.start()
    visitor.opens(f"{site.origin}/green")
    events = recorded(collector)
    assert [event["lead"]["topic"] for event in of_type(events, "attributes")] == ["away"]
    assert paths(events, site) == ["/", "/green"] and len(of_type(events, "started")) == 1


def test_what_happened_just_before_a_page_was_closed_arrives(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/")
    page.evaluate("trunkline.set({lead: {topic: 'last word'}})")
    page.close(run_before_unload=True)
    deadline = time.monotonic() + 20
    while collector.gauge("events_accepted_total") < 3:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [event["lead"]["topic"] for event in of_type(recorded(collector), "attributes")] == ["last word"]


def test_what_was_beaconed_is_sent_again_and_is_the_same(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    page = visitor.opens(f"{site.origin}/")
    page.evaluate("trunkline.set({lead: {topic: 'twice'}})")
    page.goto(f"{site.origin}/green")
    delivered(page)
    assert collector.stop() == 0
    stored = [event for event in collector.stored() if event["type"] == "visit.attributes"]
    assert len(stored) >= 2
    assert len({str({**event, "receivedAt": 0}) for event in stored}) == 1


def test_a_page_of_another_origin_records_nothing_and_works(
    collector: Running, site: Site, visitor: Visitor, authority: Path
) -> None:
    copied = Site(authority, EVIL, pages=site.pages)
    page = visitor.opens(f"{copied.origin}/", wait=False)
    until(page, "window.trunkline && trunkline.visitor()")
    page.wait_for_timeout(1500)
    page.click("text=Green")
    page.wait_for_url("**/green")
    page.close(run_before_unload=True)
    visitor.opens(f"{site.origin}/")
    copied.close()
    assert paths(recorded(collector), site) == ["/"]
    assert {"foreign_origin"} == {
        line["reason"] for line in collector.log() if line["event"] == "callers refused"
    }


def test_without_consent_nothing_is_kept_or_sent_and_a_withdrawn_one_forgets(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    site.pages["/"] = a_page("", element(collector, 'data-consent="required"'))
    page = visitor.opens(f"{site.origin}/", wait=False)
    loaded(page)
    page.evaluate("trunkline.set({lead: {topic: 'before'}})")
    page.wait_for_timeout(1200)
    assert kept(page) == {} and page.evaluate("trunkline.visitor()") is None
    page.evaluate("trunkline.consent(true)")
    page.evaluate("trunkline.set({lead: {topic: 'given'}})")
    delivered(page)
    page.evaluate("trunkline.set({lead: {topic: 'withdrawn at once'}})")
    page.evaluate("trunkline.consent(false)")
    assert kept(page) == {"trunkline.75555851.consent": "no"}
    page.evaluate("trunkline.set({lead: {topic: 'after'}})")
    page.goto(f"{site.origin}/green")
    loaded(page)
    page.wait_for_timeout(1200)
    assert kept(page) == {"trunkline.75555851.consent": "no"}
    events = recorded(collector)
    assert [event["lead"]["topic"] for event in of_type(events, "attributes")] == ["given"]
    assert paths(events, site) == ["/"]


@pytest.mark.parametrize(
    "signal_", ["doNotTrack: {value: '1'}", "globalPrivacyControl: {value: true}"], ids=["DNT", "GPC"]
)
def test_a_browser_that_asks_not_to_be_tracked_is_not_unless_the_visitor_says_so(
    collector: Running, site: Site, visitor: Visitor, signal_: str
) -> None:
    visitor.context.add_init_script(f"Object.defineProperties(navigator, {{{signal_}}})")
    site.pages["/"] = a_page("", element(collector, 'data-do-not-track="respect"'))
    page = visitor.opens(f"{site.origin}/", wait=False)
    loaded(page)
    page.wait_for_timeout(1200)
    assert kept(page) == {}
    page.evaluate("trunkline.consent(true)")
    delivered(page)
    assert paths(recorded(collector), site) == ["/"]
