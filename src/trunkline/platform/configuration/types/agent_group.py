"""Agent groups: a tree with one root."""

from trunkline.platform.actors import Permission
from trunkline.platform.configuration.fields import Element, Id, Name, Text
from trunkline.platform.configuration.object_types import Draft, ObjectType, Others
from trunkline.platform.refusals import Conflict, Invalid


class AgentGroup(Element):
    name: Name
    description: Text = ""
    parentGroupId: Id | None = None
    isEnabled: bool = True


def check_tree(draft: Draft, others: Others) -> None:
    """One root, which stays; every other group hangs below it."""
    was_root = draft.before is not None and draft.before["parentGroupId"] is None
    if draft.after is None:
        if was_root:
            raise Conflict("The root group cannot be deleted.", reason="root_group")
        return
    parent = draft.after["parentGroupId"]
    if was_root:
        if parent is not None:
            raise Conflict(
                "The root group has no parent; leave parentGroupId out.",
                reason="root_group",
                field="parentGroupId",
            )
        return
    if parent is None:
        roots = {group.number for group in others.all("agentGroup") if group.values["parentGroupId"] is None}
        if roots - {draft.number}:
            raise Invalid("A group needs a parent: there is one root group only.", field="parentGroupId")
        return
    _check_no_ring(draft.number, parent, others)


def _check_no_ring(number: int, parent: int | None, others: Others) -> None:
    above = {group.number: group.values["parentGroupId"] for group in others.all("agentGroup")}
    passed = set()
    while parent is not None and parent not in passed:
        passed.add(parent)
        if parent == number:
            raise Conflict(
                "The group would be below itself; choose a parent outside of it.",
                reason="ring",
                field="parentGroupId",
            )
        parent = above.get(parent)


AGENT_GROUP = ObjectType(
    name="agentGroup",
    label="agent group",
    path="agentGroups",
    component="ACAgentGroupObject",
    schema=AgentGroup,
    read=Permission.READ_AGENT_GROUPS,
    write=Permission.AGENT_GROUPS,
    summary=("name",),
    references={"parentGroupId": "agentGroup"},
    rules=(check_tree,),
)
