"""Every address of the console."""

from django.urls import path

from trunkline.platform.console import (
    account,
    deleting,
    editing,
    keys,
    listing,
    overview,
    own_access,
    sign_in,
    user_access,
)
from trunkline.platform.console.trail import exporting
from trunkline.platform.console.trail import pages as trail
from trunkline.web import assets

urlpatterns = [
    path("assets/<str:name>", assets.serve, name="asset"),
    path("sign-in", sign_in.sign_in, name="console-sign-in"),
    path("sign-in/code", sign_in.code, name="console-code"),
    path("sign-in/expired", sign_in.expired, name="console-expired"),
    path("sign-in/second-factor", own_access.enrol, name="console-enrol"),
    path("own", own_access.own_access, name="console-own"),
    path("own/password", own_access.change_password, name="console-own-password"),
    path("own/codes", own_access.new_codes, name="console-own-codes"),
    path("own/device", own_access.another_device, name="console-own-device"),
    path("users/<int:number>/access", user_access.user_access, name="console-user-access"),
    path("users/<int:number>/password", user_access.give_password, name="console-user-password"),
    path("users/<int:number>/second-factor", user_access.take_second_factor, name="console-user-factor"),
    path("sign-out", sign_in.sign_out, name="console-sign-out"),
    path("", overview.overview, name="console"),
    path("account", account.account, name="console-account"),
    path("account/data-types/<str:name>", account.data_type, name="console-data-type"),
    path("keys", keys.list_keys, name="console-keys"),
    path("keys/new", keys.new_key, name="console-key-create"),
    path("keys/<str:key_id>", keys.one_key, name="console-key"),
    path("keys/<str:key_id>/revoke", keys.revoking_key, name="console-key-revoke"),
    path("trail", trail.trail, name="console-trail"),
    path("trail/export.csv", exporting.csv, name="console-trail-csv"),
    path("trail/export.jsonl", exporting.lines, name="console-trail-lines"),
    path("trail/<int:number>", trail.one_change, name="console-change"),
    path("<str:path>", listing.listing, name="console-objects"),
    path("<str:path>/new", editing.creating, name="console-create"),
    path("<str:path>/<int:number>", editing.editing, name="console-object"),
    path("<str:path>/<int:number>/delete", deleting.deleting, name="console-delete"),
    path("<path:rest>", listing.missing),
]
