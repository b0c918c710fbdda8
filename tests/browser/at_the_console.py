"""Somebody at the console with a real browser, on a platform of its own."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, BrowserContext, Page
from tests.platform.live import Platform, database

from collector.running import NORTHWIND

ADA, ALAN, PASSWORD = "ada@northwind.example", "alan@northwind.example", "correct horse battery"
AXE = Path(__file__).parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"

FILLED = """
from trunkline.platform.project import start
start()
from trunkline.platform.accounts.accounts import create_account
from trunkline.platform.accounts.data_types import switch_on
from trunkline.platform.accounts.users import create_administrator
from trunkline.platform.actors import OPERATOR
from trunkline.platform.configuration.objects import create_objects
from trunkline.platform.configuration.registry import AGENT_GROUP, BY_NAME, LOB, SKILL, STATUS_REASON, USER
account = "75555851"
create_account(OPERATOR, account, name="Northwind", time_zone="America/New_York")
switch_on(OPERATOR, account, "agentActivity")
for name in ("ada", "alan"):
    create_administrator(OPERATOR, account, f"{name}@northwind.example", "correct horse battery")
def make(kind, *values):
    return [row.number for row in create_objects(OPERATOR, account, kind, list(values))]
(lob,) = make(LOB, {"name": "Retail", "description": "Shops"})
(floor,) = make(AGENT_GROUP, {"name": "Sales floor", "parentGroupId": 1})
skills = make(SKILL, {"name": "Billing", "lobIds": [lob], "skillRoutingConfiguration": [{"agentGroupId": floor}]},
    *({"name": f"Skill {n}"} for n in range(60)))
make(USER, {"loginName": "grace@northwind.example", "fullName": "Grace Hopper", "skillIds": skills[:3],
    "memberOf": {"agentGroupId": floor}})
make(STATUS_REASON, {"text": "Lunch"})
"""


@contextmanager
def a_platform(folder: Path) -> Iterator[Platform]:
    """One that serves, with Northwind, its configuration, and Ada and Alan, who administer it."""
    with database("trunkline_console") as url:
        platform = Platform(folder, url)
        platform.command("migrate")
        platform.python(FILLED)
        with platform.serving():
            yield platform


@dataclass
class Person:
    """`problems` has what pages complain of: errors of scripts, and what the content security policy kept from happening."""

    platform: Platform
    context: BrowserContext
    page: Page = field(init=False)
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.on("weberror", lambda error: self.problems.append(str(error.error)))
        self.context.on("console", self._hear)
        self.page = self.context.new_page()

    def _hear(self, message: Any) -> None:
        # That an answer is a 404 is said here, too, and is what was asked for.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    def goes(self, path: str = "") -> Page:
        self.page.goto(f"{self.platform.url}/console/{path}")
        return self.page

    def signs_in(self) -> None:
        """By the password; what comes then is up to the page."""
        self.goes()
        self.page.fill("#account", NORTHWIND)
        self.page.fill("#user", ADA)
        self.page.fill("#password", PASSWORD)
        self.page.click("button[type=submit]")

    def sets_up_second_factor(self) -> None:
        self.page.fill("#code", pyotp.TOTP(self.page.inner_text("#secret")).now())
        self.page.click("text=Set it up")
        self.page.click("text=I have kept them")

    def found_by_axe(self, *rules: str) -> list[str]:
        """What a screen reader or a keyboard stumbles over: findings of these rules, or of all, that are serious or worse."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        options: dict[str, Any] = {"resultTypes": ["violations"]}
        if rules:
            options["runOnly"] = list(rules)
        found = self.page.evaluate("(options) => axe.run(document, options)", options)["violations"]
        return [
            f"{one['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


def next_code(secret: str) -> str:
    """One that is not used yet: codes of the next step are taken, too."""
    return str(pyotp.TOTP(secret).at(time.time() + 30))


@contextmanager
def somebody(platform: Platform, browser: Browser, **options: Any) -> Iterator[Person]:
    context = browser.new_context(ignore_https_errors=True, reduced_motion="reduce", **options)
    context.set_default_timeout(10_000)
    person = Person(platform, context)
    yield person
    context.close()
    assert person.problems == []


def last_changes(platform: Platform, count: int) -> list[dict[str, Any]]:
    """The documents of the newest changes, newest first."""
    text = platform.python(
        "from trunkline.platform.project import start; start()\n"
        "from trunkline.platform.audit.models import Change\n"
        f"for one in Change.objects.filter(account_id='{NORTHWIND}').order_by('-number')[:{count}]: print(one.document)"
    )
    return [json.loads(line) for line in text.splitlines()]
