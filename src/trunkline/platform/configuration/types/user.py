"""Users: the people and bots of an account. Passwords are no part of them: see `accounts.credentials`."""

from typing import Any

from pydantic import Field

from trunkline.platform.actors import Permission
from trunkline.platform.configuration.fields import Element, Id, Ids, Line, Name, Text, check_once
from trunkline.platform.configuration.object_types import Draft, ObjectType, Others


class Membership(Element):
    agentGroupId: Id
    assignmentDate: Line | None = None


class Management(Element):
    agentGroupId: Id
    assignmentDate: Line | None = None


class User(Element):
    loginName: Name = Field(max_length=100)
    fullName: Line = ""
    nickname: Line = ""
    isEnabled: bool = True
    maxChats: int = Field(-1, ge=-1, le=100, description="-1: as the account has it")
    maxAsyncChats: int = Field(-1, ge=-1, le=1000, description="-1: as the account has it")
    skillIds: Ids = []
    email: Line = ""
    memberOf: Membership | None = None
    managerOf: list[Management] = Field([], max_length=1000)
    profileIds: Ids = []
    lobIds: Ids = []
    changePwdNextLogin: bool = False
    pictureId: Line | None = None
    pictureUrl: Line | None = None
    disabledManually: bool = False
    description: Text = ""
    mobileNumber: Line = ""
    employeeId: Line = ""
    backgndImgUri: Line | None = None
    pnCertName: Line | None = None
    isApiUser: bool = False
    userTypeId: int = Field(1, ge=0, le=2, description="0 system, 1 human, 2 bot")
    allowedAppKeys: Line | None = None


def full_name(values: dict[str, Any]) -> str:
    """By which people know the user."""
    return str(values["fullName"] or values["nickname"] or values["loginName"])


def check_managed(draft: Draft, _others: Others) -> None:
    """Nobody manages a group twice."""
    managed = (draft.after or {}).get("managerOf", ())
    check_once([group["agentGroupId"] for group in managed], "managerOf.agentGroupId")


USER = ObjectType(
    name="user",
    label="user",
    path="users",
    component="ACUserObject",
    schema=User,
    read=Permission.READ_USERS,
    write=Permission.USERS,
    summary=("loginName",),
    named_by="loginName",
    references={
        "skillIds": "skill",
        "profileIds": "profile",
        "lobIds": "lob",
        "memberOf.agentGroupId": "agentGroup",
        "managerOf.agentGroupId": "agentGroup",
    },
    rules=(check_managed,),
)
