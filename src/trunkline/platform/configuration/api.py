"""The published configuration APIs: the same operations for every object type, made from its description."""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router

from trunkline.platform.actors import Actor
from trunkline.platform.configuration import objects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType
from trunkline.platform.configuration.passwords import create_users, replace_users
from trunkline.platform.configuration.registry import OBJECT_TYPES, STATUS_REASON, USER
from trunkline.platform.configuration.selection import ALL, read_selection, selected
from trunkline.platform.configuration.shapes import (
    facts_of,
    last_modified,
    number_in,
    published,
    summary_names,
    written,
)
from trunkline.platform.errors import Error, Unauthorized
from trunkline.platform.refusals import Invalid

AccountId = Annotated[
    str, Path(pattern=r"^[a-zA-Z0-9_]{1,20}$", description="the account's id; everybody sees their own only")
]
ObjectId = Annotated[int, Path(ge=0, le=2**53 - 1, description="the id of the object")]
Select = Annotated[
    str | None,
    Query(
        description="`$all`, or names such as `id,name,memberOf(agentGroupId)`; without it a list is a summary"
    ),
]
IncludeDeleted = Annotated[bool, Query(description="deleted objects too, flagged")]

REFUSED = {400: Error, 401: Unauthorized, 403: Error, 404: Error}
CHANGE_REFUSED = {**REFUSED, 409: Error, 412: Error}
REVISION = "ac-revision"

IDS = {
    "required": False,
    "content": {
        "application/json": {
            "schema": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            }
        }
    },
}
_ID = re.compile(r"[0-9]{1,16}\Z")

VERSION = {
    "in": "query",
    "name": "v",
    "schema": {"type": "string"},
    "description": "accepted; all versions answer alike",
}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string", "maxLength": 20},
    "description": "an `ac-revision`. Reading: unchanged since then is 304, `-1` is always answered in full. Changing: what "
    "was changed since then is refused with 412",
}


def router_of(object_type: ObjectType) -> Router:
    """All operations on one object type."""
    router = Router(tags=[object_type.label.capitalize()])
    name = object_type.name[0].upper() + object_type.name[1:]
    body = _body(object_type)

    @router.get(
        "",
        response={200: list[Any], 304: None, **REFUSED},
        operation_id=f"list{name}s",
        openapi_extra=_headers(),
    )
    def list_all(
        request: HttpRequest,
        account_id: AccountId,
        select: Select = None,
        include_deleted: IncludeDeleted = False,
    ) -> HttpResponse:
        """Every object, in order of id."""
        chosen = read_selection(select) if select else summary_names(object_type)
        found = objects.list_objects(_actor(request), account_id, object_type, include_deleted=True)
        if _unchanged(request, found.revision):
            return _not_modified(found.revision)
        facts = facts_of(account_id, object_type)
        kept = [row for row in found.objects if include_deleted or not row.deleted]
        shown = [selected(published(row, object_type, facts), chosen) for row in kept]
        return _answer(shown, found.revision, found.objects)

    @router.get(
        "/{object_id}",
        response={200: Any, 304: None, **REFUSED},
        operation_id=f"read{name}",
        openapi_extra=_headers(),
    )
    def read_one(
        request: HttpRequest,
        account_id: AccountId,
        object_id: ObjectId,
        select: Select = None,
        include_deleted: IncludeDeleted = True,
    ) -> HttpResponse:
        """One object, whole; deleted ones too."""
        chosen = read_selection(select or ALL)
        actor = _actor(request)
        actor.require(object_type.read, account_id)
        # Read first: a change in between is then told as not yet seen.
        revision = objects.revision_of(account_id)
        row = objects.read_object(actor, account_id, object_type, object_id, include_deleted=include_deleted)
        if _unchanged(request, revision):
            return _not_modified(revision)
        shown = published(row, object_type, facts_of(account_id, object_type))
        return _answer(selected(shown, chosen), revision, [row])

    @router.post("", response={201: Any, **CHANGE_REFUSED}, operation_id=f"create{name}", openapi_extra=body)
    def create(request: HttpRequest, account_id: AccountId) -> HttpResponse:
        """A new object, or several; ids are given here. All of a batch or none."""
        sent = _read(request)
        several = sent if isinstance(sent, list) else [sent]
        actor = _actor(request)
        if object_type is USER:
            rows = create_users(actor, account_id, several)
        else:
            values = [written(object_type, one) for one in several]
            rows = objects.create_objects(actor, account_id, object_type, values)
        answer = _changed(account_id, object_type, rows, isinstance(sent, list), HTTPStatus.CREATED)
        if not isinstance(sent, list):
            answer["Location"] = f"{request.path}/{rows[0].number}"
        return answer

    @router.put(
        "/{object_id}",
        response={200: Any, **CHANGE_REFUSED},
        operation_id=f"replace{name}",
        openapi_extra=body,
    )
    def replace_one(request: HttpRequest, account_id: AccountId, object_id: ObjectId) -> HttpResponse:
        """All values of one object: a member that is not sent gets its default."""
        sent = _read(request)
        if isinstance(sent, list):
            raise Invalid("Expected one object; send several without an id in the address.")
        rows = _replace(request, account_id, {object_id: sent})
        return _changed(account_id, object_type, rows, False)

    @router.put(
        "", response={200: list[Any], **CHANGE_REFUSED}, operation_id=f"replace{name}s", openapi_extra=body
    )
    def replace_several(request: HttpRequest, account_id: AccountId) -> HttpResponse:
        """The same for several, each with its id. All of them or none."""
        sent = _read(request)
        if not isinstance(sent, list):
            raise Invalid("Expected an array of objects, each with its id.")
        numbered = {number_in(one, at): one for at, one in enumerate(sent)}
        if len(numbered) < len(sent):
            raise Invalid("Two objects of the batch have the same id.", field="id")
        return _changed(account_id, object_type, _replace(request, account_id, numbered), True)

    def _replace(
        request: HttpRequest, account_id: str, sent: Mapping[int, Mapping[str, Any]]
    ) -> list[ConfigurationObject]:
        actor, revision = _actor(request), _revision(request)
        if object_type is USER:
            return replace_users(actor, account_id, sent, revision=revision)
        values = {number: written(object_type, one) for number, one in sent.items()}
        return objects.replace_objects(actor, account_id, object_type, values, revision=revision)

    @router.delete(
        "/{object_id}",
        response={200: Any, **CHANGE_REFUSED},
        operation_id=f"delete{name}",
        openapi_extra=_headers(),
    )
    def delete_one(request: HttpRequest, account_id: AccountId, object_id: ObjectId) -> HttpResponse:
        """The object stays, flagged; its name is free again."""
        rows = objects.delete_objects(
            _actor(request), account_id, object_type, [object_id], revision=_revision(request)
        )
        return _changed(account_id, object_type, rows, False)

    @router.delete(
        "",
        response={200: list[Any], **CHANGE_REFUSED},
        operation_id=f"delete{name}s",
        openapi_extra={"requestBody": IDS, **_headers()},
    )
    def delete_several(
        request: HttpRequest,
        account_id: AccountId,
        ids: Annotated[
            str | None,
            Query(
                max_length=17_000,
                pattern=r"^[0-9]{1,16}(,[0-9]{1,16})*$",
                description="with commas between, for clients that send no body with DELETE",
            ),
        ] = None,
    ) -> HttpResponse:
        """The same for several: their ids as an array. All of them or none."""
        numbers = [int(number) for number in ids.split(",")] if ids else _read_ids(request)
        rows = objects.delete_objects(
            _actor(request), account_id, object_type, numbers, revision=_revision(request)
        )
        return _changed(account_id, object_type, rows, True)

    return router


def _json(request: HttpRequest) -> Any:
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def _read_ids(request: HttpRequest) -> list[int]:
    """Ids come as text or as numbers."""
    sent = _json(request)
    if isinstance(sent, list) and sent and all(_ID.match(str(one)) for one in sent):
        return [int(one) for one in sent]
    raise Invalid('Expected the ids as an array, such as ["4", "5"].', reason="unreadable", field="ids")


def _read(request: HttpRequest) -> Any:
    sent = _json(request)
    if isinstance(sent, dict) or (isinstance(sent, list) and all(isinstance(one, dict) for one in sent)):
        return sent
    raise Invalid("The body is neither a JSON object nor an array of objects.", reason="unreadable")


def _revision(request: HttpRequest) -> int | None:
    text = request.headers.get("If-Match", "").strip().strip('"')
    if not text or text in ("-1", "*"):
        return None
    try:
        return int(text)
    except ValueError:
        raise Invalid("If-Match is an ac-revision: a whole number, or -1.", field="If-Match") from None


def _unchanged(request: HttpRequest, revision: int) -> bool:
    """The caller's copy is of this revision. What is deleted, and what follows from other objects, counts as a change too."""
    return _revision(request) == revision


def _not_modified(revision: int) -> HttpResponse:
    return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={REVISION: str(revision)})


def _answer(shown: Any, revision: int, rows: Any, status: HTTPStatus = HTTPStatus.OK) -> HttpResponse:
    headers = {REVISION: str(revision), "X-LP-Last-Modified": last_modified(rows)}
    return JsonResponse(shown, safe=False, status=status, headers=headers)


def _changed(
    account_id: str,
    object_type: ObjectType,
    rows: list[ConfigurationObject],
    several: bool,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    facts = facts_of(account_id, object_type)
    shown = [published(row, object_type, facts) for row in rows]
    return _answer(shown if several else shown[0], max(row.revision for row in rows), rows, status)


def _headers() -> dict[str, Any]:
    return {"parameters": [VERSION, IF_MATCH]}


def _body(object_type: ObjectType) -> dict[str, Any]:
    one = object_type.schema.model_json_schema()
    content = {"application/json": {"schema": {"anyOf": [one, {"type": "array", "items": one}]}}}
    return {"requestBody": {"required": True, "content": content}, **_headers()}


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    return actor


ROUTERS: dict[str, Router] = {
    f"{'le-agents' if object_type is STATUS_REASON else 'le-users'}/{object_type.path}": router_of(
        object_type
    )
    for object_type in OBJECT_TYPES
}
"""Below `/api/account/{accountId}/configuration/`, as published."""
