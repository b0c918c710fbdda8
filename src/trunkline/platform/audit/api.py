"""The published audit trail: its query and its export; and ours as JSON lines."""

from http import HTTPStatus
from typing import Annotated

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from ninja import Path, Query, Router

from trunkline.platform.actors import Actor
from trunkline.platform.audit.bodies import read_as, read_json
from trunkline.platform.audit.csv_export import export_csv
from trunkline.platform.audit.flat_query import answer_flat
from trunkline.platform.audit.graphql_query import answer
from trunkline.platform.audit.lines import export_lines
from trunkline.platform.audit.shapes import (
    ExportQuery,
    FlatQuery,
    Found,
    GraphQLErrors,
    GraphQLQuery,
    LinesQuery,
)
from trunkline.platform.audit.stream import Blocks, StreamedAnswer
from trunkline.platform.errors import Error, Unauthorized

router = Router(tags=["Audit Trail"])

AccountId = Annotated[
    str,
    Path(
        pattern=r"^[a-zA-Z0-9_]{1,20}$",
        description="the account's id; everybody reads the trail of their own account only",
    ),
]
REFUSED = {400: Error, 401: Unauthorized, 403: Error, 404: Error}
TOTAL = "X-Total-Count"

_FORMS = [GraphQLQuery.model_json_schema(), FlatQuery.model_json_schema()]
QUERY = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"anyOf": _FORMS}}},
    }
}
CSV = {
    "responses": {
        200: {
            "description": "What was asked for, the count, and the records, newest first.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    }
}

LINES = {
    "responses": {
        200: {
            "description": "Entries.",
            "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        }
    }
}


@router.post(
    "/audit",
    response={200: Found, **REFUSED, 400: GraphQLErrors | Error},
    operation_id="auditData",
    openapi_extra=QUERY,
)
def query(request: HttpRequest, account_id: AccountId) -> HttpResponse:
    """Records of the trail, by GraphQL, or by the older flat form, which has no `query`.

    `X-Total-Count` says how many fit, on this page and on others.
    """
    body = read_json(request.body)
    if "query" not in body:
        found, total = answer_flat(_actor(request), account_id, read_as(FlatQuery, body).asked())
        return JsonResponse(found, headers={TOTAL: str(total)})
    asked = read_as(GraphQLQuery, body)
    answered = answer(_actor(request), account_id, asked.query, asked.variables, asked.operationName)
    status = HTTPStatus.BAD_REQUEST if answered.refused else HTTPStatus.OK
    headers = {} if answered.total is None else {TOTAL: str(answered.total)}
    return JsonResponse(answered.body, status=status, headers=headers)


@router.get("/audit/export", response=REFUSED, operation_id="exportAuditTrail", openapi_extra=CSV)
def export(request: HttpRequest, account_id: AccountId, asked: Query[ExportQuery]) -> HttpResponseBase:
    """The trail as CSV, in its published layout."""
    blocks = export_csv(_actor(request), account_id, asked.asked(), asked.limit)
    return StreamedAnswer(
        Blocks(blocks),
        as_attachment=True,
        filename=f"audit-trail-{account_id}.csv",
        content_type="text/csv; charset=utf-8",
    )


@router.get("/audit/lines", response=REFUSED, operation_id="auditLines", openapi_extra=LINES)
def lines(request: HttpRequest, account_id: AccountId, asked: Query[LinesQuery]) -> HttpResponseBase:
    """The next entries, oldest first, exactly as they are kept: one canonical JSON object (RFC 8785) a line.

    `X-Next-Cursor` is what to give as `after` next time. Numbers have no gaps and entries never change; after an answer
    that broke off, ask again from the number of the last whole line.
    """
    found = export_lines(_actor(request), account_id, asked.filter(), after=asked.after, limit=asked.limit)
    return StreamedAnswer(
        Blocks(found.text),
        as_attachment=True,
        filename=f"audit-trail-{account_id}-after-{asked.after}.ndjson",
        content_type="application/x-ndjson",
        headers={"X-Next-Cursor": str(found.cursor)},
    )


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.auth  # type: ignore[attr-defined]  # set by django-ninja
    return actor
