"""Where the elements of a type stand: in a list, and in the parts of its form. What no part names comes last, folded away."""

from collections.abc import Mapping
from dataclasses import dataclass

from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.console.forms.fields import Field, Kind, fields_of


@dataclass(frozen=True)
class Layout:
    icon: str
    title: str
    """All of them: `Skills`."""
    about: str
    """What they are for, in a line."""
    columns: tuple[str, ...]
    """Of a list, after the name."""
    parts: tuple[tuple[str, tuple[str, ...]], ...]


LAYOUTS: Mapping[str, Layout] = {
    "user": Layout(
        "users",
        "Users",
        "The people and bots of the account.",
        ("fullName", "profileIds", "skillIds", "isEnabled"),
        (
            ("Who", ("loginName", "fullName", "nickname", "email", "employeeId", "isEnabled")),
            ("What they may do", ("profileIds",)),
            ("Work", ("skillIds", "memberOf", "managerOf", "lobIds", "maxChats", "maxAsyncChats")),
        ),
    ),
    "profile": Layout(
        "shield-check",
        "Profiles",
        "What the users who have one may do.",
        ("roleTypeId", "description"),
        (("Profile", ("name", "description", "roleTypeId")), ("Permissions", ("permissionPackages",))),
    ),
    "skill": Layout(
        "stars",
        "Skills",
        "What agents can be asked for.",
        ("description", "maxWaitTime", "lobIds"),
        (
            ("Skill", ("name", "description", "maxWaitTime", "lobIds")),
            (
                "Routing",
                (
                    "skillRoutingConfiguration",
                    "fallbackSkill",
                    "fallbackWhenAllAgentsAreAway",
                    "canTransfer",
                    "skillTransferList",
                ),
            ),
        ),
    ),
    "agentGroup": Layout(
        "hierarchy-2",
        "Agent groups",
        "Who works together: a tree with one root.",
        ("description", "parentGroupId", "isEnabled"),
        (("Agent group", ("name", "description", "parentGroupId", "isEnabled")),),
    ),
    "lob": Layout(
        "briefcase",
        "Lines of business",
        "Areas of the business that users and skills belong to.",
        ("description",),
        (("Line of business", ("name", "description")),),
    ),
    "statusReason": Layout(
        "zzz",
        "Status reasons",
        "Why an agent is away.",
        ("state", "enabled"),
        (("Status reason", ("text", "state", "enabled")),),
    ),
}


def parts_of(object_type: ObjectType) -> list[tuple[str, list[Field]]]:
    """The parts of the form with their fields; the last one has no title."""
    fields = {field.name: field for field in fields_of(object_type) if field.kind is not Kind.KEPT}
    parts = [
        (title, [fields.pop(name) for name in names]) for title, names in LAYOUTS[object_type.name].parts
    ]
    return [*parts, ("", list(fields.values()))]
