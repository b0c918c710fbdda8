"""What the Login Service takes and answers, by its published names."""
# ruff: noqa: N815  # as published

from datetime import UTC, datetime
from typing import Any

from ninja import Field, Schema

from trunkline.clock import REAL
from trunkline.platform.accounts.models import Account
from trunkline.platform.auth.domains import base_uris
from trunkline.platform.auth.logins import LIMITS, LogInKind, NewLogIn
from trunkline.platform.auth.user_actor import is_administrator
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.objects import revision_of
from trunkline.platform.configuration.registry import AGENT_GROUP
from trunkline.platform.configuration.types.profile import PACKAGE_OF
from trunkline.platform.permissions import Permission


class Credentials(Schema):
    """Of a user: username and password. Of an application: username and the values of an API key."""

    username: str = Field(max_length=200)
    password: str | None = Field(None, max_length=1000)
    appKey: str | None = Field(None, max_length=64)
    secret: str | None = Field(None, max_length=200)
    accessToken: str = Field("dummy", max_length=200)
    accessTokenSecret: str = Field("dummy", max_length=200)


class Csrf(Schema):
    csrf: str = Field(max_length=200, description="as the log-in answered it")


class LoggedIn(Schema):
    csrf: str = Field(description="to be sent back with refresh and logout")
    wsuk: str = Field(description="names this log-in; of no use here")
    config: dict[str, Any]
    csdsCollectionResponse: dict[str, Any]
    accountData: dict[str, Any]
    sessionTTl: str = Field(description="milliseconds without use after which the log-in ends")
    sessionId: str = Field(description="the value of the cookie `Session_id`")
    bearer: str = Field(description="for the header `Authorization: Bearer …`")


class LoginErrorDetail(Schema):
    time: str
    message: str
    internalCode: int
    responseStatus: str
    reason: str


class LoginError(Schema):
    error: LoginErrorDetail


def logged_in(new: NewLogIn, public_url: str) -> dict[str, Any]:
    """The answer to a log-in."""
    account_id = new.user.account_id
    return {
        "csrf": new.csrf,
        "wsuk": new.name,
        "config": _config(new),
        "csdsCollectionResponse": {"baseURIs": base_uris(account_id, public_url)},
        "accountData": {"agentGroupsData": _groups(new)},
        "sessionTTl": str(LIMITS[LogInKind.API].idle),
        "sessionId": new.token,
        "bearer": new.token,
    }


def login_error(status: str, message: str, reason: str) -> dict[str, Any]:
    """An error as the Login Service words it."""
    time = f"{datetime.fromtimestamp(REAL.now() / 1000, UTC):%b %-d, %Y %-I:%M:%S %p}"
    return {
        "error": {
            "time": time,
            "message": message,
            # 10 is published; of other codes nothing is.
            "internalCode": 10 if reason == "csrf_invalid" else 0,
            "responseStatus": status,
            "reason": reason,
        }
    }


def _config(new: NewLogIn) -> dict[str, Any]:
    account, now = Account.objects.get(id=new.user.account_id), REAL.now()
    offset = datetime.fromtimestamp(now / 1000, account.zone).utcoffset()
    return {
        "loginName": new.user.values["loginName"],
        "userId": str(new.user.number),
        "userPrivileges": sorted(PACKAGE_OF[Permission(name)] for name in new.actor.permissions),
        "serverCurrentTime": now,
        "timeDiff": int(offset.total_seconds() * 1000) if offset else 0,
        "serverTimeZoneName": "UTC",
        "serverTimeGMTDiff": 0,
        "isLPA": new.actor.originator.is_lpa,
        "isAdmin": is_administrator(new.user),
        "accountTimeZoneId": account.time_zone,
    }


def _groups(new: NewLogIn) -> dict[str, Any]:
    """All agent groups for those who may read them, else those that the user is in or manages."""
    account_id, values = new.user.account_id, new.user.values
    rows = ConfigurationObject.objects.filter(account_id=account_id, type=AGENT_GROUP.name, deleted=False)
    if not new.actor.may(Permission.READ_AGENT_GROUPS, account_id):
        member = [values["memberOf"]] if values["memberOf"] else []
        rows = rows.filter(number__in=[group["agentGroupId"] for group in member + values["managerOf"]])
    items = [{"id": row.number, "deleted": row.deleted, "name": row.name} for row in rows.order_by("number")]
    return {"items": items, "revision": revision_of(account_id)}
