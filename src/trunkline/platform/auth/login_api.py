"""The Login Service: paths, names and shapes as published."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Path, Query, Router

from trunkline.platform.auth import logins
from trunkline.platform.auth.app_logins import KeyValues, log_in_application
from trunkline.platform.auth.http import check_same_origin
from trunkline.platform.auth.login_shapes import (
    Credentials,
    Csrf,
    LoggedIn,
    LoginError,
    logged_in,
    login_error,
)
from trunkline.platform.errors import STATUSES, Error
from trunkline.platform.refusals import Invalid, NotProven, Refused, TooMany
from trunkline.platform.seen import seen_in

router = Router(tags=["Login Service"], auth=None)

COOKIE = "Session_id"

AccountId = Annotated[str, Path(max_length=20, description="the account's id")]
Version = Annotated[str, Query(alias="v", pattern=r"^1\.[0-3]$", description="`1.3`")]
REFUSED = {400: Error, 401: LoginError}


@router.post(
    "/login", response={200: LoggedIn, **REFUSED, 403: LoginError, 429: LoginError}, operation_id="login"
)
def login(
    request: HttpRequest,
    account_id: AccountId,
    body: Credentials,
    version: Version = "1.3",  # noqa: ARG001  # only its form is checked
) -> Any:
    """Log a user in by its password, or a bot by its name and an API key with the permission `user-login`.

    Ends every older log-in of the user. After too many tries 429 with `Retry-After`.
    """
    return _answer(lambda: _log_in(request, account_id, body))


@router.post("/refresh", response={200: None, **REFUSED}, operation_id="refresh")
def refresh(request: HttpRequest, account_id: AccountId, body: Csrf) -> Any:
    """Keep a log-in alive; needs the cookie `Session_id` and the csrf of its log-in."""

    def keep() -> HttpResponse:
        check_same_origin(request)
        token = request.COOKIES.get(COOKIE, "")
        logins.refresh(token, body.csrf, seen_in(request), account_id=account_id)
        return _with_cookie(HttpResponse(), account_id, token)

    return _answer(keep)


@router.post("/logout", response={200: None, **REFUSED}, operation_id="logout")
def logout(request: HttpRequest, account_id: AccountId, body: Csrf) -> Any:
    """End a log-in; needs the cookie `Session_id` and the csrf of its log-in."""

    def end() -> HttpResponse:
        check_same_origin(request)
        logins.log_out(request.COOKIES.get(COOKIE, ""), body.csrf, seen_in(request), account_id=account_id)
        response = HttpResponse()
        response.delete_cookie(COOKIE, path=_path(account_id), samesite="Strict")
        return response

    return _answer(end)


def _log_in(request: HttpRequest, account_id: str, body: Credentials) -> HttpResponse:
    seen = seen_in(request)
    if body.password is not None:
        new = logins.log_in(account_id, body.username, body.password, seen=seen)
    elif body.appKey is not None and body.secret is not None:
        values = KeyValues(body.appKey, body.secret, body.accessToken, body.accessTokenSecret)
        new = log_in_application(account_id, body.username, values, seen=seen)
    else:
        raise Invalid("Send username and password, or username, appKey and secret.", reason="missing")
    return _with_cookie(JsonResponse(logged_in(new, settings.TRUNKLINE.platform_url)), account_id, new.token)


def _with_cookie(response: HttpResponse, account_id: str, token: str) -> HttpResponse:
    lasting = logins.LIMITS[logins.LogInKind.API].idle // 1000
    response.set_cookie(
        COOKIE, token, max_age=lasting, path=_path(account_id), secure=True, httponly=True, samesite="Strict"
    )
    return response


def _path(account_id: str) -> str:
    return f"/api/account/{account_id}"


def _answer(act: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return act()
    except Refused as refused:
        status = HTTPStatus.UNAUTHORIZED if isinstance(refused, NotProven) else STATUSES[type(refused)]
        response = JsonResponse(login_error(status.name, refused.message, refused.reason), status=status)
        if isinstance(refused, TooMany):
            response["Retry-After"] = str(refused.retry_after)
        return response
