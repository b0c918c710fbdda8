"""Every address of the console."""

from django.urls import path

from trunkline.platform.console import deleting, editing, listing, overview, sign_in
from trunkline.web import assets

urlpatterns = [
    path("assets/<str:name>", assets.serve, name="asset"),
    path("sign-in", sign_in.sign_in, name="console-sign-in"),
    path("sign-out", sign_in.sign_out, name="console-sign-out"),
    path("", overview.overview, name="console"),
    path("<str:path>", listing.listing, name="console-objects"),
    path("<str:path>/new", editing.creating, name="console-create"),
    path("<str:path>/<int:number>", editing.editing, name="console-object"),
    path("<str:path>/<int:number>/delete", deleting.deleting, name="console-delete"),
]
