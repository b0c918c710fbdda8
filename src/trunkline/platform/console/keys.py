"""API keys and write keys: what a key is made of is shown once, in the answer to its making."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse

from trunkline.platform.accounts.key_permissions import (
    API_PERMISSIONS,
    PAGE_PERMISSIONS,
    WRITE_PERMISSIONS,
)
from trunkline.platform.accounts.keys import (
    NewApiKey,
    NewWriteKey,
    create_key,
    keys_of,
    revoke_key,
    set_permissions,
)
from trunkline.platform.accounts.models import ApiKey, WriteKey
from trunkline.platform.console.forms.controls import Choice
from trunkline.platform.console.forms.words import KEY_PERMISSIONS
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.errors import STATUSES
from trunkline.platform.permissions import Permission
from trunkline.platform.refusals import Conflict, Invalid, NotFound, Refused
from trunkline.web.cookies import say

_PURPOSES = (
    (
        "Read and configure",
        "An OAuth 1.0 key of four values, for programs that call the APIs.",
        API_PERMISSIONS,
    ),
    ("Send events", "A write key, for the programs whose events the collector takes.", WRITE_PERMISSIONS),
    ("Stand in pages", "A publishable key, for the browser tag of your sites.", PAGE_PERMISSIONS),
)


@dataclass(frozen=True)
class Shown:
    id: str
    name: str
    kind: str
    public: str
    """What of it may be seen again."""
    permissions: Sequence[str]
    choices: Sequence[Choice]
    """All that a key of its kind may do."""
    origins: Sequence[str]
    created: int
    revoked: int | None


@page
def list_keys(who: SignedIn) -> HttpResponse:
    kept = [_shown(key) for key in keys_of(who.actor, who.account.id)]
    with_revoked = bool(who.request.GET.get("revoked"))
    return who.show(
        "console/keys.html",
        "API keys",
        keys=[key for key in reversed(kept) if with_revoked or key.revoked is None],
        with_revoked=with_revoked,
        has_revoked=any(key.revoked for key in kept),
    )


@page
def new_key(who: SignedIn) -> HttpResponse:
    who.actor.require(Permission.KEYS, who.account.id)
    if who.request.method != "POST":
        return _form(who, {}, ())
    given = who.request.POST
    try:
        made = create_key(
            who.actor,
            who.account.id,
            name=given.get("name", "").strip(),
            permissions=given.getlist("permission"),
            origins=given.get("origins", "").split(),
        )
    except (Invalid, Conflict) as refusal:
        return _form(who, given.dict(), given.getlist("permission"), refusal)
    return who.show("console/key_made.html", "Your new key", values=_values(made), secret=_is_secret(made))


@page
def one_key(who: SignedIn, key_id: str) -> HttpResponse:
    key = _find(who, key_id)
    if who.request.method != "POST":
        return who.show("console/key.html", key.name, key=key)
    try:
        set_permissions(who.actor, who.account.id, key_id, who.request.POST.getlist("permission"))
    except (Invalid, Conflict) as refusal:
        problem = {"problem": refusal.message, "problem_at": "permission"}
        return who.show("console/key.html", key.name, status=STATUSES[type(refusal)], key=key, **problem)
    response = HttpResponseRedirect(who.request.path)
    say(response, f"The permissions of the key {key.name} are saved.")
    return response


@page
def revoking_key(who: SignedIn, key_id: str) -> HttpResponse:
    key = _find(who, key_id)
    if who.request.method != "POST":
        return who.show("console/key_revoke.html", f"Revoke the key {key.name}?", key=key)
    revoke_key(who.actor, who.account.id, key_id)
    response = HttpResponseRedirect(reverse("console-keys"))
    say(response, f"The key {key.name} is revoked.")
    return response


def _find(who: SignedIn, key_id: str) -> Shown:
    for key in keys_of(who.actor, who.account.id):
        if key.id == key_id:
            return _shown(key)
    raise NotFound("The account has no such key.")


def _form(
    who: SignedIn, given: Mapping[str, object], chosen: Iterable[str], refusal: Refused | None = None
) -> HttpResponse:
    purposes = [(title, about, _choices(kind, chosen)) for title, about, kind in _PURPOSES]
    return who.show(
        "console/key_new.html",
        "New key",
        status=STATUSES[type(refusal)] if refusal else 200,
        given=given,
        purposes=purposes,
        problem=refusal.message if refusal else "",
        problem_at=refusal.field if refusal else "",
    )


def _choices(kind: frozenset[Permission], chosen: Iterable[str]) -> list[Choice]:
    wanted = set(chosen)
    return [Choice(str(one), text, one in wanted) for one, text in KEY_PERMISSIONS.items() if one in kind]


def _shown(key: ApiKey | WriteKey) -> Shown:
    is_api = isinstance(key, ApiKey)
    origins = () if isinstance(key, ApiKey) else key.origins
    kind = next(kind for _title, _about, kind in _PURPOSES if kind.issuperset(key.permissions))
    return Shown(
        id=key.id,
        name=key.name,
        kind="API key" if is_api else "Publishable key" if origins else "Write key",
        public=key.app_key if isinstance(key, ApiKey) else key.token or "",
        permissions=[KEY_PERMISSIONS.get(one, one) for one in key.permissions],
        choices=_choices(kind, key.permissions),
        origins=origins,
        created=key.created,
        revoked=key.revoked,
    )


def _values(made: NewApiKey | NewWriteKey) -> list[tuple[str, str]]:
    if isinstance(made, NewWriteKey):
        return [("Token", made.token)]
    return [
        ("App key", made.app_key),
        ("Secret", made.secret),
        ("Access token", made.access_token),
        ("Access token secret", made.access_token_secret),
    ]


def _is_secret(made: NewApiKey | NewWriteKey) -> bool:
    return isinstance(made, NewApiKey) or not made.origins
