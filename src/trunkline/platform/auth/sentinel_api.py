"""OAuth 2.0 client credentials, at the published addresses of both versions, and the key set."""

from http import HTTPStatus
from typing import Annotated, Any

from django.http import HttpRequest, JsonResponse
from ninja import Field, Form, Path, Router, Schema

from trunkline.platform.auth.client_tokens import issue
from trunkline.platform.auth.signing_keys import TOKEN_LIFE, published_keys
from trunkline.platform.errors import Error
from trunkline.platform.refusals import NotProven
from trunkline.platform.seen import seen_in

router = Router(tags=["OAuth 2.0"], auth=None)

AccountId = Annotated[str, Path(max_length=20, description="the account's id")]
VERSION = {
    "parameters": [
        {
            "in": "query",
            "name": "v",
            "schema": {"type": "string"},
            "description": "accepted, since clients send it, and ignored",
        }
    ]
}


class Client(Schema):
    grant_type: str = Field("", max_length=100, description="`client_credentials`")
    client_id: str = Field("", max_length=64, description="the app key of an API key")
    client_secret: str = Field("", max_length=200, description="its secret")


class Token(Schema):
    access_token: str = Field(description="a JSON Web Token, RS256, for the header `Authorization: Bearer …`")
    token_type: str
    expires_in: int = Field(description="seconds")
    scope: str = Field(description="the permissions of the key at this moment, for information")


class TokenError(Schema):
    """As RFC 6749, section 5.2, has it."""

    error: str
    error_description: str


class KeySet(Schema):
    keys: list[dict[str, Any]]


RESPONSES = {200: Token, 400: TokenError | Error, 401: TokenError}


@router.post("/api/v2/account/{account_id}/app/token", response=RESPONSES, operation_id="token")
def token(request: HttpRequest, account_id: AccountId, client: Form[Client]) -> Any:
    """An access token, for an hour, for app key and secret of an API key."""
    if client.grant_type != "client_credentials":
        return _error(
            HTTPStatus.BAD_REQUEST, "unsupported_grant_type", "grant_type must be client_credentials."
        )
    if not client.client_id or not client.client_secret:
        return _error(HTTPStatus.BAD_REQUEST, "invalid_request", "client_id and client_secret are needed.")
    try:
        made = issue(account_id, client.client_id, client.client_secret, seen=seen_in(request))
    except NotProven as refused:
        return _error(HTTPStatus.UNAUTHORIZED, refused.reason, refused.message)
    return {
        "access_token": made.token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE // 1000,
        "scope": made.scope,
    }


@router.post(
    "/api/account/{account_id}/app/token", response=RESPONSES, operation_id="tokenV1", openapi_extra=VERSION
)
def token_v1(request: HttpRequest, account_id: AccountId, client: Form[Client]) -> Any:
    """The same under the address of the first version. Its signing key is that of the key set, too."""
    return token(request, account_id, client)


@router.get("/well-known/jwks", response={200: KeySet}, operation_id="keySet")
def key_set(request: HttpRequest) -> Any:  # noqa: ARG001  # django-ninja hands it over
    """The public keys (RFC 7517) by which others can check access tokens."""
    return published_keys()


def _error(status: HTTPStatus, error: str, description: str) -> JsonResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)
