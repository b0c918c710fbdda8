"""The browser tag where pages and browsers set limits: policies, storage, clocks, copies; and what its page documents."""

import base64
import hashlib
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from browser.conftest import a_page, element, recorded
from browser.recorded import of_type, paths
from browser.site import Site
from browser.visiting import Visitor, delivered, loaded
from collector.running import Running

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "tag.md"


def test_a_strict_content_security_policy_needs_two_sources_and_no_more(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    script = httpx2.get(f"{collector.url}/collector/v1/tag.js", verify=collector.trust).content
    digest = base64.b64encode(hashlib.sha384(script).digest()).decode()
    checked = f'integrity="sha384-{digest}" crossorigin="anonymous"'
    site.pages["/"] = a_page("", element(collector, checked))
    site.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src {collector.url}; connect-src {collector.url}; "
        "require-trusted-types-for 'script'"
    )
    site.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
    said: list[str] = []
    visitor.context.on("console", lambda message: said.append(message.text))
    page = visitor.opens(f"{site.origin}/")
    page.evaluate("trunkline.set({lead: {topic: 'strict'}})")
    page.goto(f"{site.origin}/?again")
    delivered(page)
    assert said == []
    events = recorded(collector)
    assert paths(events, site) == ["/", "/?again"] and len(of_type(events, "attributes")) == 1


def test_a_policy_that_forbids_the_collector_costs_the_page_nothing(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    site.headers["Content-Security-Policy"] = f"default-src 'none'; script-src {collector.url}"
    page = visitor.opens(f"{site.origin}/", wait=False)
    loaded(page)
    page.wait_for_timeout(1500)
    page.click("text=Green")
    page.wait_for_url("**/green")
    assert recorded(collector) == []


def test_a_browser_that_denies_storage_is_still_counted_page_by_page(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    visitor.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied', 'SecurityError'); }})"
    )
    page = visitor.opens(f"{site.origin}/", wait=False)
    loaded(page)
    page.evaluate("trunkline.set({lead: {topic: 'unkept'}})")
    page.goto(f"{site.origin}/green")
    with page.expect_response("**/visits?**"):
        pass
    events = recorded(collector)
    assert paths(events, site) == ["/", "/green"]
    assert len(of_type(events, "started")) == 2 and len(of_type(events, "attributes")) == 1


@pytest.mark.parametrize("hours", [-7, 11])
def test_a_browser_with_a_wrong_clock_is_recorded_at_the_right_time(
    collector: Running, site: Site, visitor: Visitor, hours: int
) -> None:
    visitor.context.clock.install(time=time.time() + hours * 3600)
    page = visitor.opens(f"{site.origin}/", wait=False)
    loaded(page)
    page.clock.run_for(2000)
    delivered(page)
    events = recorded(collector)
    assert paths(events, site) == ["/"]
    assert all(abs(event["timestamp"] - event["receivedAt"]) < 10_000 for event in events)


def test_two_elements_in_a_page_record_once(collector: Running, site: Site, visitor: Visitor) -> None:
    site.pages["/"] = a_page("", element(collector) + element(collector))
    page = visitor.opens(f"{site.origin}/")
    page.wait_for_timeout(1200)
    delivered(page)
    assert paths(recorded(collector), site) == ["/"]


def test_pages_may_be_told_by_the_site_alone(collector: Running, site: Site, visitor: Visitor) -> None:
    site.pages["/"] = a_page("", element(collector, 'data-pages="manual"'))
    page = visitor.opens(f"{site.origin}/?token=secret", wait=False)
    loaded(page)
    page.evaluate("history.pushState({}, '', '/other')")
    page.evaluate("trunkline.page({url: location.origin + '/told', referrerUrl: ''})")
    delivered(page)
    assert paths(recorded(collector), site) == ["/told"]


def test_a_copy_of_the_tag_on_the_site_itself_sends_to_the_collector_it_names(
    collector: Running, site: Site, visitor: Visitor
) -> None:
    site.pages["/tag.js"] = httpx2.get(f"{collector.url}/collector/v1/tag.js", verify=collector.trust).text
    named = element(collector, f'data-collector="{collector.url}"').replace(
        f"{collector.url}/collector/v1/tag.js", "/tag.js"
    )
    site.pages["/"] = a_page("", named)
    visitor.opens(f"{site.origin}/")
    assert paths(recorded(collector), site) == ["/"]


def test_the_documented_calls_are_all_understood(collector: Running, site: Site, visitor: Visitor) -> None:
    documented = re.findall(r"```js\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    site.pages["/early.js"] = documented[0]
    site.pages["/"] = a_page("", '<script src="/early.js"></script>' + element(collector, "data-debug"))
    said: list[str] = []
    visitor.context.on("console", lambda message: said.append(message.text))
    page = visitor.opens(f"{site.origin}/")
    page.evaluate("".join(f"{{{calls}}}" for calls in documented[1:]))
    delivered(page)
    answers = [line for line in said if line.startswith("trunkline: ")]
    assert answers and all('"refused":[]' in line for line in answers)
    kinds = [event["type"].removeprefix("visit.") for event in recorded(collector)]
    told = [
        "attributes",
        "started",
        "page",
        "page",
        "attributes",
        "attributes",
        "eligible",
        "impression",
        "impression",
        "goal",
    ]
    assert sorted(kinds) == sorted(told)


def test_the_documented_policy_and_copy_work_as_they_stand(
    collector: Running, site: Site, visitor: Visitor, tmp_path: Path
) -> None:
    text = DOCUMENTATION.read_text().replace("https://events.example.com", collector.url)
    (policy,) = re.findall(r"```\n(script-src .*)\n```", text)
    (commands,) = re.findall(r"```\n(curl .*?)```", text, re.DOTALL)
    trusted = commands.replace("curl", f"curl --cacert {collector.folder}/ca/ca.crt")
    digest = subprocess.run(
        ["sh", "-euc", trusted], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    served, copied = re.findall(r"```html\n\s*(<script.*?)\n\s*```", text)
    site.pages["/tag.js"] = (tmp_path / "tag.js").read_text()
    site.pages["/"] = a_page("", served.replace("tlp_…", "tlp_shop"))
    site.pages["/copy"] = a_page(
        "", copied.replace("tlp_…", "tlp_shop").replace("sha384-…", f"sha384-{digest.strip()}")
    )
    for path, wanted in (
        ("/", policy),
        ("/copy", policy.replace(f"script-src {collector.url}", "script-src 'self'")),
    ):
        site.headers["Content-Security-Policy"] = f"default-src 'none'; {wanted}"
        visitor.opens(f"{site.origin}{path}")
    assert paths(recorded(collector), site) == ["/", "/copy"]


def test_a_telephone_is_told_from_its_user_agent(
    collector: Running, site: Site, make_visitor: Callable[..., Visitor]
) -> None:
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
    make_visitor(user_agent=agent).opens(f"{site.origin}/")
    (started,) = of_type(recorded(collector), "started")
    assert started["info"] == {"userAgent": agent, "deviceOS": "IOS", "deviceFamily": "MOBILE"}
