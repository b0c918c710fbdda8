"""The platform's REST interfaces and their one OpenAPI document, at /openapi.json."""

from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from ninja import NinjaAPI

from trunkline import __version__
from trunkline.platform.accounts.api import router as own_configuration
from trunkline.platform.audit.api import router as audit
from trunkline.platform.auth.domain_api import router as domain
from trunkline.platform.auth.http import ANY_PROOF
from trunkline.platform.auth.login_api import router as login
from trunkline.platform.auth.sentinel_api import router as sentinel
from trunkline.platform.configuration.api import ROUTERS
from trunkline.platform.data_access.api import router as data_access
from trunkline.platform.data_access.files import FileUnreadable
from trunkline.platform.errors import error_response, handle_errors

api = NinjaAPI(
    title="Trunkline",
    version=__version__,
    description="Data files of a contact centre: sessions of agents as hourly files.",
    docs_url=None,
    openapi_url=None,
    servers=[{"url": settings.TRUNKLINE.platform_url}],
    auth=ANY_PROOF,
)
api.add_router("/data_access_le/account/{account_id}", data_access)
api.add_router("/api/account/{account_id}/configuration/metadata", audit)
for path, router in ROUTERS.items():
    api.add_router("/api/account/{account_id}/configuration/" + path, router)
api.add_router("/api/account/{account_id}/configuration/trunkline", own_configuration)
api.add_router("/api/account/{account_id}/service", domain)
api.add_router("/api/account/{account_id}", login)
api.add_router("/sentinel", sentinel)
handle_errors(api)


@api.exception_handler(FileUnreadable)
def _file_unreadable(_request: HttpRequest, _unreadable: FileUnreadable) -> HttpResponse:
    response = error_response(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "The file cannot be read at present; an operator has been told.",
        reason="file_unreadable",
    )
    response["Retry-After"] = "60"
    return response


@require_safe
def openapi(_request: HttpRequest) -> HttpResponse:
    """The document that describes all of it."""
    return JsonResponse(api.get_openapi_schema())
