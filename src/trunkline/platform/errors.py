"""What goes wrong, as answers: one shape, one table of statuses, and never more than the caller may know."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Field, NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from trunkline.platform.actors import Actor
from trunkline.platform.audit.notices import Event, note
from trunkline.platform.auth.problems import SignatureProblem
from trunkline.platform.measures import REFUSED_SIGNATURES
from trunkline.platform.refusals import (
    Conflict,
    Invalid,
    NotFound,
    NotPermitted,
    NotProven,
    Refused,
    Stale,
    TooMany,
)

STATUSES: dict[type[Refused], HTTPStatus] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Stale: HTTPStatus.PRECONDITION_FAILED,
    TooMany: HTTPStatus.TOO_MANY_REQUESTS,
}


class ErrorDetail(Schema):
    message: str = Field(description="What is wrong and what was expected, for people.")
    reason: str = Field(description="A word that does not change, for programs.")
    field: str | None = Field(None, description="The parameter that is wrong, where it is one.")
    responseStatus: str = Field(description="The name of the HTTP status.")  # noqa: N815  # as published


class Error(Schema):
    """Every error but 401."""

    error: ErrorDetail


class Unauthorized(Schema):
    """The signature or the token does not prove who is calling."""

    reason: str = Field(
        description="`oauth_problem=…&oauth_problem_advice=…`, the form of the OAuth problem reporting extension; for a bearer "
        "token `invalid_token`."
    )
    message: str = Field(description="The advice in clear.")


def error_body(status: HTTPStatus, message: str, *, reason: str, field: str = "") -> dict[str, Any]:
    detail = {"message": message, "reason": reason, "responseStatus": status.name}
    return {"error": detail | ({"field": field} if field else {})}


def error_response(status: HTTPStatus, message: str, *, reason: str, field: str = "") -> JsonResponse:
    return JsonResponse(error_body(status, message, reason=reason, field=field), status=status)


def handle_errors(api: NinjaAPI) -> None:
    """Answer what the verbs refuse, what is not signed and what cannot be read."""
    api.exception_handler(Refused)(_refused)
    api.exception_handler(SignatureProblem)(_not_signed)
    api.exception_handler(NotProven)(_not_proven)
    api.exception_handler(ValidationError)(_unreadable)
    api.exception_handler(HttpError)(_not_parsed)


def not_found(_request: HttpRequest, **_exception: Exception) -> HttpResponse:
    return error_response(HTTPStatus.NOT_FOUND, "There is nothing at this address.", reason="no_such_address")


def bad_request(_request: HttpRequest, **_exception: Exception) -> HttpResponse:
    return error_response(HTTPStatus.BAD_REQUEST, "The request cannot be read.", reason="unreadable")


def server_error(_request: HttpRequest) -> HttpResponse:
    message = "Something went wrong here. The log has more under the id in X-Request-ID."
    return error_response(HTTPStatus.INTERNAL_SERVER_ERROR, message, reason="internal")


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    note_denied(request, refusal)
    response = error_response(
        STATUSES[type(refusal)], refusal.message, reason=refusal.reason, field=refusal.field
    )
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


def note_denied(request: HttpRequest, refusal: Refused) -> None:
    """A request that the actor may not make stands in the security log of the actor's own account."""
    actor = getattr(request, "auth", None)
    denied = isinstance(refusal, NotPermitted) or refusal.reason == "no_account"
    if denied and isinstance(actor, Actor) and actor.account_id:
        route = request.resolver_match.route if request.resolver_match else ""
        note(
            actor.account_id,
            Event.REQUEST_DENIED,
            actor,
            method=request.method,
            route=route,
            path=request.path,
            reason=refusal.reason,
        )


def _not_signed(_request: HttpRequest, problem: SignatureProblem) -> HttpResponse:
    REFUSED_SIGNATURES.labels(problem.problem).inc()
    body = {"reason": problem.reason, "message": problem.advice}
    return JsonResponse(
        body, status=HTTPStatus.UNAUTHORIZED, headers={"WWW-Authenticate": 'OAuth realm="data"'}
    )


def _not_proven(_request: HttpRequest, refusal: NotProven) -> HttpResponse:
    REFUSED_SIGNATURES.labels(refusal.reason).inc()
    body = {"reason": refusal.reason, "message": refusal.message}
    challenge = {"WWW-Authenticate": f'Bearer realm="data", error="{refusal.reason}"'}
    return JsonResponse(body, status=HTTPStatus.UNAUTHORIZED, headers=challenge)


def _unreadable(_request: HttpRequest, invalid: ValidationError) -> HttpResponse:
    first: Mapping[str, Any] = invalid.errors[0]
    field = str(first["loc"][-1])
    if first["type"] == "missing":
        return error_response(HTTPStatus.BAD_REQUEST, f"{field} is missing.", reason="missing", field=field)
    message = first["msg"].removeprefix("Value error, ")
    return error_response(HTTPStatus.BAD_REQUEST, f"{field}: {message}", reason="invalid", field=field)


def _not_parsed(_request: HttpRequest, error: HttpError) -> HttpResponse:
    return error_response(HTTPStatus(error.status_code), str(error), reason="unreadable")
