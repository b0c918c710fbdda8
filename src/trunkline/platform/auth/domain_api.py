"""The Domain API: which host serves what. Takes no proof of who asks, as published."""

from http import HTTPStatus
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status

from trunkline.platform.auth.domains import SERVICES, base_uris
from trunkline.platform.errors import Error, error_body

router = Router(tags=["Domain"], auth=None)

AccountId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,20}$", description="the account's id")]
VERSION = {
    "parameters": [
        {
            "in": "query",
            "name": "version",
            "schema": {"type": "string"},
            "description": "`1.0`; accepted, since clients send it, and ignored",
        }
    ]
}


class BaseUri(Schema):
    service: str
    account: str
    baseURI: str  # noqa: N815  # as published


class BaseUris(Schema):
    baseURIs: list[BaseUri]  # noqa: N815  # as published


@router.get(
    "/baseURI.json", response={200: BaseUris, 400: Error}, operation_id="allDomains", openapi_extra=VERSION
)
def all_domains(request: HttpRequest, account_id: AccountId) -> Any:  # noqa: ARG001  # django-ninja hands it over
    """The host, with its port where it has one, of every service."""
    return {"baseURIs": base_uris(account_id, settings.TRUNKLINE.platform_url)}


@router.get("/baseURI", response={200: BaseUris, 400: Error}, operation_id="domains", openapi_extra=VERSION)
def domains(
    request: HttpRequest,  # noqa: ARG001
    account_id: AccountId,
    services: Annotated[
        str, Query(max_length=2000, description="names of services with commas between; all if left out")
    ] = "",
) -> Any:
    """The hosts of these services; names that are no service of this platform are left out."""
    names = [name.strip() for name in services.split(",")] if services else SERVICES
    return {"baseURIs": base_uris(account_id, settings.TRUNKLINE.platform_url, names)}


@router.get(
    "/{service}/baseURI.json",
    response={200: BaseUri, 400: Error, 404: Error},
    operation_id="domain",
    openapi_extra=VERSION,
)
def domain(
    request: HttpRequest,  # noqa: ARG001
    account_id: AccountId,
    service: Annotated[str, Path(description="the name of a service; case matters")],
) -> Any:
    """The host of one service."""
    for found in base_uris(account_id, settings.TRUNKLINE.platform_url, [service]):
        return found
    message = f"There is no such service; there are {', '.join(SERVICES)}."
    body = error_body(HTTPStatus.NOT_FOUND, message, reason="no_service", field="service")
    return Status(HTTPStatus.NOT_FOUND, body)
