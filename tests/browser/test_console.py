"""The console in a real browser: signing in, renaming a skill, every page in both themes and on a narrow screen."""

from collections.abc import Iterator
from typing import Any

import pyotp
import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from tests.platform.live import Platform, signer

from browser.at_the_console import ADA, ALAN, PASSWORD, Person, a_platform, last_changes, next_code, somebody
from collector.running import NORTHWIND

SKILLS = f"/api/account/{NORTHWIND}/configuration/le-users/skills"
PAGES = [
    "",
    *("users", "profiles", "skills", "agentGroups", "lobs", "status-reasons"),
    *("users/new", "users/6", "users/6/access", "profiles/2", "skills/10", "agentGroups/9"),
    *("skills/10/delete", "skills/11/delete", "skills?q=nothing+like+it"),
    *("keys", "keys/new", "account", "account/data-types/agentActivity"),
    *("trail", "trail?type=nothing", "trail/14", "own", "nowhere"),
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with a_platform(tmp_path_factory.mktemp("console")) as platform:
        yield platform


@pytest.fixture(scope="module")
def signed_in(platform: Platform, chromium: Browser) -> Any:
    """Ada's cookies after her first sign-in."""
    with somebody(platform, chromium) as ada:
        ada.signs_in()
        expect(ada.page).to_have_title("Set up your second factor · Trunkline")
        ada.sets_up_second_factor()
        expect(ada.page.locator("h1")).to_have_text("Northwind")
        return ada.context.storage_state()


@pytest.fixture
def ada(platform: Platform, chromium: Browser, signed_in: Any) -> Iterator[Person]:
    with somebody(platform, chromium, storage_state=signed_in) as ada:
        yield ada


def test_no_page_has_a_serious_finding_in_light_or_dark_nor_overflows_a_narrow_screen(ada: Person) -> None:
    found = {}
    for path in PAGES:
        page = ada.goes(path)
        if findings := ada.found_by_axe():
            found[path, "light"] = findings
        page.emulate_media(color_scheme="dark")
        if findings := ada.found_by_axe("color-contrast", "link-in-text-block"):
            found[path, "dark"] = findings
        page.set_viewport_size({"width": 360, "height": 740})
        if (width := page.evaluate("document.documentElement.scrollWidth")) > 360:
            found[path, "narrow"] = [f"{width} wide"]
        page.set_viewport_size({"width": 1280, "height": 720})
        page.emulate_media(color_scheme="light")
    assert not found, "\n".join(f"{where} {what}" for where, findings in found.items() for what in findings)


def test_by_keyboard_alone_one_signs_in_renames_a_skill_and_signs_out(
    platform: Platform, chromium: Browser
) -> None:
    with somebody(platform, chromium) as alan:
        page, keys = alan.goes("skills/10"), alan.page.keyboard

        def claim() -> None:
            assert alan.found_by_axe() == []
            for text in (NORTHWIND, ALAN, PASSWORD):
                keys.type(text)
                keys.press("Tab")
            keys.press("Enter")

        claim()
        expect(page).to_have_title("Set up your second factor · Trunkline")
        assert alan.found_by_axe() == []
        secret = page.inner_text("#secret")
        keys.type(pyotp.TOTP(secret).now())
        keys.press("Enter")
        expect(page).to_have_title("Your recovery codes · Trunkline")
        assert alan.found_by_axe() == []
        tab_to(page, "I have kept them")
        keys.press("Enter")

        expect(page.locator("h1")).to_have_text("Billing")
        tab_to(page, "Skip to the content")
        keys.press("Enter")
        tab_to(page, "field-name")
        keys.press("Control+a")
        keys.type("Invoices")
        keys.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("The skill Invoices is saved.")
        (change,) = last_changes(platform, 1)
        assert change["changes"] == [{"element": "name", "old": "Billing", "new": "Invoices"}]
        assert (change["actor"]["loginName"], change["actor"]["authType"]) == (ALAN, "console")
        # The address still ends in #content, so that is where the browser begins.
        tab_to(page, "Sign out", back=True)
        keys.press("Enter")
        expect(page).to_have_title("Sign in · Trunkline")
        page.go_back()
        expect(page).to_have_title("Sign in · Trunkline")

        alan.goes("skills/10")
        claim()
        expect(page).to_have_title("Second factor · Trunkline")
        assert alan.found_by_axe() == []
        keys.type(next_code(secret))
        keys.press("Enter")
        expect(page.locator("h1")).to_have_text("Invoices")


def test_a_rename_by_api_console_and_command_line_is_the_same_entry_but_for_who_did_it(
    platform: Platform, ada: Person
) -> None:
    number = "12"
    key = platform.key(NORTHWIND, "configurator", "skills")

    def by_api(name: str = "Refunds") -> None:
        skill = platform.get(f"{SKILLS}/{number}", key).json()
        answer = requests.put(
            f"{platform.url}{SKILLS}/{number}",
            json={**skill, "name": name},
            auth=signer(key),
            verify=platform.ca,
            timeout=30,
        )
        assert answer.status_code == 200, answer.text

    def by_command() -> None:
        platform.command("config", "set", "skill", number, "name=Refunds", "--account", NORTHWIND)

    def at_console() -> None:
        ada.goes(f"skills/{number}").fill("#field-name", "Refunds")
        ada.page.click("text=Save")
        expect(ada.page.locator("h1")).to_have_text("Refunds")

    for rename in (by_command, by_api, at_console):
        by_api("Returns")
        rename()
    done = [change for change in reversed(last_changes(platform, 6)) if change["object"]["name"] == "Refunds"]
    same = ("version", "account", "action", "object", "changes", "automatic")
    entries = [{name: change[name] for name in same} for change in done]
    actors = [(change["actor"]["kind"], change["actor"]["authType"]) for change in done]
    assert len(entries) == 3
    assert entries[0] == entries[1] == entries[2]
    assert entries[0]["changes"] == [{"element": "name", "old": "Returns", "new": "Refunds"}]
    assert actors == [("operator", "command-line"), ("key", "oauth1"), ("user", "console")]
    # And it is read on the screen as it was written.
    ada.goes(f"trail?type=skill&object={number}&action=edit")
    rows = ada.page.locator(".changes > li").first
    expect(rows.locator("h2")).to_have_text(f"{ADA} changed skill Refunds")
    expect(rows.locator("tbody tr")).to_have_text(["NameReturnsRefunds"])


def test_scripts_spare_pages_and_clicks(ada: Person) -> None:
    page = ada.goes("skills")
    page.evaluate("window.same = true")
    page.get_by_label("Search").press_sequentially("billing or")
    expect(page.get_by_text("Nothing fits")).to_be_visible()
    page.get_by_label("Search").fill("skill 5")
    expect(page.locator("tbody tr")).to_have_count(11)
    assert page.url.endswith("/console/skills?q=skill+5")
    assert page.evaluate("window.same")

    ada.goes("skills/10")
    page.get_by_label("Search in Skill transfer list").fill("skill 59")
    assert [text.strip() for text in page.locator("[data-picker-name]:visible").all_inner_texts()][
        -1
    ] == "Skill 59"
    page.get_by_role("button", name="Add to Skill routing configuration").click()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    rows.nth(1).get_by_label("Agent group").select_option("Northwind")
    rows.nth(0).get_by_role("button").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("is saved")
    expect(rows).to_have_count(1)
    expect(rows.get_by_label("Agent group")).to_have_value("1")

    for shown in ("light", "dark"):
        page.get_by_role("button", name="Theme").click()
        expect(page.locator("html")).to_have_attribute("data-bs-theme", shown)
    expect(ada.goes("users").locator("html")).to_have_attribute("data-bs-theme", "dark")

    page.set_viewport_size({"width": 360, "height": 740})
    expect(page.get_by_role("link", name="Audit trail")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Audit trail").click()
    expect(page.locator("h1")).to_have_text("Audit trail")


def test_a_secret_is_shown_once_and_copied_with_a_button(ada: Person) -> None:
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = ada.goes("keys/new")
    page.get_by_role("textbox", name="Name").fill("warehouse")
    page.get_by_label("Download data files").check()
    page.get_by_role("button", name="Create the key").click()
    expect(page.get_by_text("Copy it now")).to_be_visible()
    assert ada.found_by_axe() == []
    secret = page.locator("#value-2").inner_text()
    page.get_by_role("button", name="Copy Secret").click()
    expect(page.get_by_role("button", name="Copied Secret")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_role("link", name="I have it").click()
    page.get_by_role("link", name="warehouse").click()
    assert secret not in page.content()


def tab_to(page: Page, wanted: str, *, back: bool = False) -> None:
    """Press Tab until the element with that id or text has the focus."""
    passed = []
    for _ in range(40):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        passed.append(
            page.evaluate("document.activeElement.id + '|' + document.activeElement.innerText.trim()")
        )
        if wanted in passed[-1].split("|"):
            return
    raise AssertionError(f"Tab never reaches {wanted}, only {passed}")
