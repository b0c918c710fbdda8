"""Story 3: a skill is renamed by the API, in the console and on the command line; each leaves the same record, and what goes
around them is found."""

import csv
import html
import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pyotp
import requests

from traces.stack import Stack

ACCOUNT, ADA, PASSWORD = "75555851", "ada@northwind.example", "correct horse battery"
CONFIGURATION = f"/api/account/{ACCOUNT}/configuration"
QUERY = """{auditData (first:50, componentTypes:["ACSkillObject"], lpa:true, orderDirection:[ASC])
{objectType objectName actionType element oldValue newValue originatorLoginName originatorAuthType}}"""


class Ada:
    """The administrator: with a bearer of the Login Service, and at the console."""

    def __init__(self, stack: Stack) -> None:
        self.url = stack.platform
        self.api = requests.Session()
        self.api.trust_env, self.api.verify = False, str(stack.ca)
        said = self.api.post(
            f"{self.url}/api/account/{ACCOUNT}/login?v=1.3", json={"username": ADA, "password": PASSWORD}
        )
        assert said.status_code == 200, said.text
        assert said.json()["config"]["isAdmin"] is True
        self.api.headers["Authorization"] = f"Bearer {said.json()['bearer']}"
        self.browser = requests.Session()
        self.browser.trust_env, self.browser.verify = False, str(stack.ca)
        self.browser.headers.update({"Origin": self.url, "Sec-Fetch-Site": "same-origin"})

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        response = self.api.request(method, f"{self.url}{CONFIGURATION}{path}", timeout=60, **options)
        assert response.ok, response.text
        return response

    def signs_in(self) -> None:
        """With a second factor, which she sets up the first time."""
        self.sends("sign-in", account=ACCOUNT, user=ADA, password=PASSWORD)
        page = self.browser.get(f"{self.url}/console/sign-in/second-factor", timeout=60)
        hidden = fields(page.text)
        self.sends("sign-in/second-factor", **{**hidden, "code": pyotp.TOTP(hidden["secret"]).now()})

    def sends(self, path: str, **form: str) -> requests.Response:
        response = self.browser.post(f"{self.url}/console/{path}", data=form, timeout=60)
        assert response.ok, response.text
        return response


def fields(page: str) -> dict[str, str]:
    """What a form sends when nothing in it is touched."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", page):
        given = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        if "name" in given and (given.get("type") != "checkbox" or re.search(r"\bchecked\b", tag)):
            found[given["name"]] = given.get("value", "")
    return found


def entries(stack: Stack) -> list[dict[str, Any]]:
    """What the trail keeps of skills."""
    output = stack.data / "trail.ndjson"
    output.unlink(missing_ok=True)
    stack.run("audit", "export", "--account", ACCOUNT, "--format", "lines", "--output", str(output))
    read = [json.loads(line) for line in output.read_text().splitlines()]
    assert [entry["number"] for entry in read] == list(range(1, len(read) + 1))
    return [entry for entry in read if entry["object"]["type"] == "skill"]


def test_a_change_becomes_a_record(stack: Stack, database_url: str, tmp_path: Path) -> None:
    stack.account(ACCOUNT, "Northwind")
    (tmp_path / "password").write_text(PASSWORD)
    stack.run("admin", "create", "--account", ACCOUNT, ADA, "--password-file", str(tmp_path / "password"))
    ada = Ada(stack)
    skill = ada.call("POST", "/le-users/skills", json={"name": "Billing"}).json()
    address = f"/le-users/skills/{skill['id']}"

    # The API.
    ada.call("PUT", address, json={**skill, "name": "Invoices"})
    ada.call("PUT", address, json={**skill, "name": "Billing"})
    # The console: the form as it stands, but for the name.
    ada.signs_in()
    page = ada.browser.get(f"{ada.url}/console/skills/{skill['id']}", timeout=60).text
    ada.sends(f"skills/{skill['id']}", **{**fields(page), "name": "Invoices"})
    ada.call("PUT", address, json={**skill, "name": "Billing"})
    # The command line.
    stack.run("config", "set", "skill", str(skill["id"]), "--account", ACCOUNT, "name=Invoices")

    renames = [entry for entry in entries(stack) if entry["changes"][0]["new"] == "Invoices"]
    actors = [entry.pop("actor") for entry in renames]
    for entry in renames:
        del entry["number"], entry["time"]
    assert renames[0] == renames[1] == renames[2]
    assert renames[0]["changes"] == [{"element": "name", "old": "Billing", "new": "Invoices"}]
    assert [actor["authType"] for actor in actors] == ["login", "console", "command-line"]
    assert [actor["loginName"] for actor in actors[:2]] == [ADA, ADA]

    # The published query, and its export.
    answer = ada.call("POST", "/metadata/audit", json={"query": QUERY})
    rows = [row for row in answer.json()["data"]["auditData"] if row["actionType"] == "Edit"]
    assert [(row["oldValue"], row["newValue"]) for row in rows] == [
        ("Billing", "Invoices"),
        ("Invoices", "Billing"),
    ] * 2 + [("Billing", "Invoices")]
    assert {(row["objectType"], row["element"]) for row in rows} == {("Skills", "Name")}
    exported = ada.call("GET", "/metadata/audit/export?componentTypes=ACSkillObject&lpa=true").text
    table = list(csv.reader(exported.splitlines()))
    assert [row[5:7] for row in table if "Edit" in row] == [
        [row["oldValue"], row["newValue"]] for row in reversed(rows)
    ]

    # Whoever goes around the verbs is found.
    assert "whole" in stack.run("audit", "check", "--account", ACCOUNT)
    rename_behind_the_back(stack, database_url, skill["id"])
    done = subprocess.run(
        [sys.executable, "-m", "trunkline", "audit", "check", "--account", ACCOUNT],
        env=stack.environment,
        cwd=stack.data,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert str(skill["id"]) in done.stdout + done.stderr


def rename_behind_the_back(stack: Stack, database_url: str, number: int) -> None:
    statement = (
        "UPDATE configuration_configurationobject SET name = 'Mine' WHERE account_id = '{}' AND number = {}"
    )
    sql = statement.format(ACCOUNT, number)
    if database_url:
        with psycopg.connect(database_url) as connection:
            connection.execute(sql)  # type: ignore[call-overload]
        return
    connection = sqlite3.connect(stack.data / "record.sqlite3", timeout=30)
    with connection:
        connection.execute(sql)
    connection.close()
