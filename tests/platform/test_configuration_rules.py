"""Rules of single object types."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.platform.accounts import accounts
from trunkline.platform.actors import OPERATOR
from trunkline.platform.audit.entries import MAX_DOCUMENT
from trunkline.platform.audit.models import Head
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import Draft
from trunkline.platform.configuration.registry import AGENT_GROUP, PROFILE
from trunkline.platform.configuration.types.profile import PACKAGES
from trunkline.platform.configuration.types.skill import check_shares
from trunkline.platform.configuration.types.user import check_managed
from trunkline.platform.permissions import ADMINISTRATION
from trunkline.platform.refusals import Conflict, Invalid

NORTHWIND = "75555851"
OTHERS: Any = None
"""These rules ask for no others."""

shares = st.lists(
    st.fixed_dictionaries(
        {
            "agentGroupId": st.integers(1, 6),
            "priority": st.integers(0, 2),
            "splitPercentage": st.integers(0, 100),
        }
    ),
    max_size=4,
)


@given(shares)
def test_a_group_has_one_share_and_those_of_a_priority_are_100_percent_at_most(
    sent: list[dict[str, int]],
) -> None:
    twice = any(count > 1 for count in Counter(share["agentGroupId"] for share in sent).values())
    sums = [sum(s["splitPercentage"] for s in sent if s["priority"] == priority) for priority in range(3)]
    try:
        check_shares(Draft(1, None, {"skillRoutingConfiguration": sent}), OTHERS)
    except Invalid as refused:
        assert twice or max(sums) > 100
        assert refused.field.startswith("skillRoutingConfiguration.")
    else:
        assert not twice
        assert max(sums) <= 100


@given(st.lists(st.integers(1, 6), max_size=4))
def test_nobody_manages_a_group_twice(ids: list[int]) -> None:
    draft = Draft(1, None, {"managerOf": [{"agentGroupId": number} for number in ids]})
    if len(ids) == len(set(ids)):
        check_managed(draft, OTHERS)
        return
    with pytest.raises(Invalid, match="more than once") as refused:
        check_managed(draft, OTHERS)
    assert refused.value.field == "managerOf.agentGroupId"


@pytest.fixture
def account(db: None) -> None:
    accounts.create_account(OPERATOR, NORTHWIND, name="Northwind", time_zone="UTC")


@pytest.mark.usefixtures("account")
def test_a_group_below_a_ring_is_refused_with_the_ring() -> None:
    [root] = objects.list_objects(OPERATOR, NORTHWIND, AGENT_GROUP).objects
    written = [{"name": name, "parentGroupId": root.number} for name in ("a", "b", "c")]
    a, b, c = (group.number for group in objects.create_objects(OPERATOR, NORTHWIND, AGENT_GROUP, written))
    # The one below comes first.
    parents = {c: ("c", a), a: ("a", b), b: ("b", a)}
    ring = {number: {"name": name, "parentGroupId": parent} for number, (name, parent) in parents.items()}
    with pytest.raises(Conflict, match="below itself"):
        objects.replace_objects(OPERATOR, NORTHWIND, AGENT_GROUP, ring)


@pytest.mark.usefixtures("account")
def test_what_the_trail_cannot_hold_is_refused_with_its_remedy_and_nothing_is_done() -> None:
    packages = [{"id": number, "featureKeys": ["x" * 400]} for number in range(300)]
    assert MAX_DOCUMENT < 300 * 400
    before = Head.objects.get().number
    with pytest.raises(Invalid, match="shorten it") as refused:
        objects.create_objects(
            OPERATOR,
            NORTHWIND,
            PROFILE,
            [{"name": "small"}, {"name": "large", "permissionPackages": packages}],
        )
    assert refused.value.reason == "too_large"
    assert Head.objects.get().number == before
    assert not ConfigurationObject.objects.filter(name__in=["small", "large"]).exists()


def test_the_documented_packages_are_those_that_there_are() -> None:
    text = (Path(__file__).parents[2] / "docs/api/configuration.md").read_text(encoding="utf-8")
    told = re.findall(r"\| (\d{5}) \| `([\w:-]+)`( \(administrator\))?", text)
    assert {(int(number), name, bool(mark)) for number, name, mark in told} == {
        (number, str(permission), permission in ADMINISTRATION) for number, permission in PACKAGES.items()
    }


@pytest.mark.usefixtures("account")
def test_what_has_grown_too_large_is_refused_under_the_same_name() -> None:
    [made] = objects.create_objects(OPERATOR, NORTHWIND, PROFILE, [{"name": "p"}])
    packages = [{"id": number, "featureKeys": ["x" * 400]} for number in range(100)]
    written = {"name": "p", "permissionPackages": packages}
    with pytest.raises(Invalid) as refused:
        objects.replace_objects(OPERATOR, NORTHWIND, PROFILE, {made.number: written})
    assert (refused.value.reason, refused.value.field) == ("too_large", "permissionPackages")
