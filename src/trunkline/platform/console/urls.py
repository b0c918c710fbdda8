"""Every address of the console."""

from django.urls import path

from trunkline.platform.console import account, deleting, editing, keys, listing, overview, sign_in
from trunkline.web import assets

urlpatterns = [
    path("assets/<str:name>", assets.serve, name="asset"),
    path("sign-in", sign_in.sign_in, name="console-sign-in"),
    path("sign-out", sign_in.sign_out, name="console-sign-out"),
    path("", overview.overview, name="console"),
    path("account", account.account, name="console-account"),
    path("account/data-types/<str:name>", account.data_type, name="console-data-type"),
    path("keys", keys.list_keys, name="console-keys"),
    path("keys/new", keys.new_key, name="console-key-create"),
    path("keys/<str:key_id>", keys.one_key, name="console-key"),
    path("keys/<str:key_id>/revoke", keys.revoking_key, name="console-key-revoke"),
    path("<str:path>", listing.listing, name="console-objects"),
    path("<str:path>/new", editing.creating, name="console-create"),
    path("<str:path>/<int:number>", editing.editing, name="console-object"),
    path("<str:path>/<int:number>/delete", deleting.deleting, name="console-delete"),
    path("<path:rest>", listing.missing),
]
