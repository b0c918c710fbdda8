"""The console in a real browser: signing in, renaming a skill, every page in both themes and on a narrow screen."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.platform.live import Platform

from browser.at_the_console import ADA, PASSWORD, Person, a_platform, last_changes, next_code, somebody
from collector.running import NORTHWIND

PAGES = [
    "",
    *("users", "profiles", "skills", "agentGroups", "lobs", "status-reasons"),
    *("users/new", "users/6", "users/6/access", "profiles/2", "skills/9", "agentGroups/8"),
    *("skills/9/delete", "skills/10/delete", "skills?q=nothing+like+it"),
    *("keys", "keys/new", "account", "account/data-types/agentActivity"),
    *("trail", "trail?type=nothing", "trail/12", "own", "nowhere"),
]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with a_platform(tmp_path_factory.mktemp("console")) as platform:
        yield platform


@pytest.fixture(scope="module")
def signed_in(platform: Platform, chromium: Browser) -> dict[str, str]:
    """Ada's cookies and the secret of her second factor, after her first sign-in."""
    with somebody(platform, chromium) as ada:
        ada.signs_in()
        expect(ada.page).to_have_title("Set up your second factor · Trunkline")
        assert ada.found_by_axe() == []
        secret = ada.sets_up_second_factor()
        expect(ada.page.locator("h1")).to_have_text("Northwind")
        return {"secret": secret, **{one["name"]: one["value"] for one in ada.context.cookies()}}


@pytest.fixture
def ada(platform: Platform, chromium: Browser, signed_in: dict[str, str]) -> Iterator[Person]:
    with somebody(platform, chromium) as ada:
        for name, value in signed_in.items():
            if name.startswith("__Host-"):
                ada.context.add_cookies([{"name": name, "value": value, "url": platform.url, "secure": True}])
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
    platform: Platform, chromium: Browser, signed_in: dict[str, str]
) -> None:
    with somebody(platform, chromium) as ada:
        page, keys = ada.goes("skills/9"), ada.page.keyboard
        for text in (NORTHWIND, ADA, PASSWORD):
            keys.type(text)
            keys.press("Tab")
        keys.press("Enter")
        expect(page).to_have_title("Second factor · Trunkline")
        assert ada.found_by_axe() == []
        keys.type(next_code(signed_in["secret"]))
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
        assert (change["actor"]["loginName"], change["actor"]["authType"]) == (ADA, "console")
        # The address still ends in #content, so that is where the browser begins.
        tab_to(page, "Sign out", back=True)
        keys.press("Enter")
        expect(page).to_have_title("Sign in · Trunkline")
        page.go_back()
        expect(page).to_have_title("Sign in · Trunkline")


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
