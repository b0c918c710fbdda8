"""Every address of the platform."""

from django.urls import include, path

from trunkline.platform import errors, operations
from trunkline.platform.api import api, openapi
from trunkline.platform.console import pages

urlpatterns = [
    path("health", operations.health),
    path("ready", operations.ready),
    path("metrics", operations.metrics),
    path("openapi.json", openapi),
    path("", pages.to_console),
    path("console/", include("trunkline.platform.console.urls")),
    path("", api.urls),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = pages.server_error
