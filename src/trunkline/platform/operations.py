"""For whoever operates the platform: alive, ready, measures."""

from http import HTTPStatus

import structlog
from django.conf import settings
from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from trunkline.forwarded import may_scrape
from trunkline.platform.data_access import pipeline_measures
from trunkline.platform.data_access.files import newest_file_is_there
from trunkline.platform.errors import error_response
from trunkline.platform.migrations import pending
from trunkline.store import UnusableStore

log = structlog.get_logger()


@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "up"})


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """The databases are there and up to date, and the store holds what is listed."""
    checks = {f"database {alias}": _database_is_ready(alias) for alias in connections}
    checks["store"] = all(checks.values()) and _store_is_ready()
    good = all(checks.values())
    body = {"status": "ready" if good else "not ready", "checks": checks}
    return JsonResponse(body, status=HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus reads these, from this machine or a trusted network and directly."""
    if not _may_scrape(request):
        return error_response(
            HTTPStatus.NOT_FOUND, "There is nothing at this address.", reason="no_such_address"
        )
    return HttpResponse(generate_latest() + pipeline_measures.shown(), content_type=CONTENT_TYPE_LATEST)


def _database_is_ready(alias: str) -> bool:
    try:
        return not pending(alias)
    except DatabaseError as error:
        log.error("database not ready", alias=alias, error=str(error).strip())
        return False


def _store_is_ready() -> bool:
    try:
        return newest_file_is_there()
    except (OSError, UnusableStore, DatabaseError) as error:
        log.error("store not ready", error=str(error))
        return False


def _may_scrape(request: HttpRequest) -> bool:
    forwarded = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    return may_scrape(
        request.META.get("REMOTE_ADDR", ""), forwarded=forwarded, trusted=settings.TRUNKLINE.trusted_proxies
    )
