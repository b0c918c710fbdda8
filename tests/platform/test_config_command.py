"""`trunkline config`: objects by hand, and all of an account as a file."""

import getpass
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.platform.conftest import NORTHWIND, Caller
from typer.testing import CliRunner, Result

from trunkline.cli.config import config
from trunkline.cli.config_file import to_yaml
from trunkline.cli.config_values import read_values
from trunkline.platform.accounts import data_types, users
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.models import Change
from trunkline.platform.configuration.registry import OBJECT_TYPES, SKILL, USER
from trunkline.platform.refusals import Invalid

pytestmark = pytest.mark.django_db(databases="__all__")

PASSWORD = "correct horse battery"


def run(*arguments: str) -> Result:
    command, *rest = arguments
    return CliRunner().invoke(config, [command, "--account", NORTHWIND, *rest])


def as_json(*arguments: str) -> Any:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def refused(*arguments: str) -> str:
    done = run(*arguments)
    assert done.exit_code != 0
    return " ".join(done.stderr.replace("│", " ").split())


def test_an_object_is_made_shown_changed_and_deleted(northwind: Caller) -> None:
    made = as_json("create", "skill", "name=Billing", "maxWaitTime=60")
    number = str(made["id"])
    assert (made["name"], made["maxWaitTime"]) == ("Billing", 60)
    changed = as_json("set", "skill", number, "name=Invoices")
    assert (changed["name"], changed["maxWaitTime"]) == ("Invoices", 60)
    assert as_json("show", "skill", number) == changed
    assert as_json("list", "skill") == [changed]
    assert "Invoices" in run("list", "skill").stdout
    assert "Invoices" in run("show", "skill", number).stdout
    assert "is deleted" in run("delete", "skill", number).stdout
    assert as_json("list", "skill") == []
    [kept] = as_json("list", "skill", "--deleted")
    assert kept["deleted"] is True


def test_what_is_typed_is_read_by_the_type_of_its_element(northwind: Caller) -> None:
    lobs = [str(as_json("create", "lob", f"name={name}")["id"]) for name in ("Cards", "Loans")]
    [root] = as_json("list", "agent-group")
    skill = as_json(
        "create", "skill", "name=123", f"lobIds={','.join(lobs)}", "canTransfer=false", "wrapUpTime="
    )
    assert (skill["name"], skill["lobIds"]) == ("123", [int(lob) for lob in lobs])
    assert (skill["canTransfer"], skill["wrapUpTime"]) == (False, None)
    membership = f'memberOf={{"agentGroupId": {root["id"]}}}'
    user = as_json("create", "user", "loginName=ada", membership, f"skillIds=[{skill['id']}]")
    assert user["memberOf"] == {"agentGroupId": root["id"], "assignmentDate": None}
    assert as_json("set", "user", str(user["id"]), "memberOf=", "skillIds=")["memberOf"] is None


def test_errors_name_the_element_and_what_is_expected(northwind: Caller) -> None:
    assert "colour" in refused("create", "skill", "name=x", "colour=blue")
    assert "maxWaitTime" in refused("create", "skill", "name=x", "maxWaitTime=soon")
    assert "ELEMENT=VALUE" in refused("create", "skill", "Billing")
    assert "given twice" in refused("create", "skill", "name=a", "name=b")
    assert "needs name" in refused("create", "skill", "description=x")
    assert "agent-group" in refused("list", "skills")
    assert "no skill 4711" in refused("set", "skill", "4711", "name=x")
    assert "root group" in refused("delete", "agent-group", str(as_json("list", "agent-group")[0]["id"]))


def test_the_trail_says_who_of_the_operating_system_typed(northwind: Caller) -> None:
    as_json("create", "skill", "name=Billing")
    document = json.loads(Change.objects.order_by("-number")[0].document)
    assert document["actor"]["kind"] == "operator"
    assert document["actor"]["name"] == document["actor"]["loginName"] == getpass.getuser()
    assert (document["actor"]["isLpa"], document["actor"]["authType"]) == (True, "command-line")


def test_all_of_an_account_is_exported_without_secrets(northwind: Caller, tmp_path: Path) -> None:
    data_types.switch_on(OPERATOR, NORTHWIND, "agentActivity", heartbeats=True)
    user = users.create_administrator(OPERATOR, NORTHWIND, "ada", PASSWORD)
    skill = as_json("create", "skill", "name=Billing", "description=two\nlines")
    gone = as_json("create", "skill", "name=Gone")
    run("delete", "skill", str(gone["id"]))
    path = tmp_path / "northwind.yaml"
    assert run("export", "--output", str(path)).exit_code == 0
    text = path.read_text()
    assert run("export").stdout == text
    read = yaml.safe_load(text)
    assert read["account"] == {"id": NORTHWIND, "name": "Northwind", "timeZone": "America/New_York"}
    assert read["dataTypes"][0]["dataType"] == "agentActivity"
    assert [one["id"] for one in read["users"]] == [user.number]
    assert read["skills"] == [{"id": skill["id"]} | {name: skill[name] for name in SKILL.schema.model_fields}]
    assert set(read) >= {object_type.path for object_type in OBJECT_TYPES}
    assert [key["id"] for key in read["keys"]] == [northwind.key.id]
    for secret in ("secret", "access_token", "access_token_secret", "app_key"):
        assert getattr(northwind.key, secret) not in text
    assert "argon2" not in text


def test_a_file_that_cannot_be_written_leaves_what_was_there(northwind: Caller, tmp_path: Path) -> None:
    assert "cannot be written" in refused("export", "--output", str(tmp_path / "nowhere" / "file.yaml"))
    assert list(tmp_path.iterdir()) == []


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
)


@settings(deadline=None)
@given(PLAIN)
def test_every_value_comes_back_from_its_yaml(value: Any) -> None:
    assert yaml.safe_load(to_yaml(value)) == value


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=4))
def test_whatever_is_typed_is_read_or_refused(texts: list[str]) -> None:
    for object_type in (SKILL, USER):
        try:
            read = read_values(object_type, texts)
        except Invalid as refusal:
            assert refusal.message
        else:
            assert len(read) == len(texts)
