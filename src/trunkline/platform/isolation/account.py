"""For which account this thread works. Every transaction tells it to the database when it begins (`isolation.postgresql`).

Whoever proves to be of an account is of it until the request ends; outside of requests, `acting_for` says from where to where.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

NOBODY = ""

_account: ContextVar[str] = ContextVar("account", default=NOBODY)


def account_acted_for() -> str:
    """Empty: for none. The database shows no row of any account then."""
    return _account.get()


@contextmanager
def acting_for(account_id: str) -> Iterator[None]:
    """Within it the database shows the rows of this account alone."""
    before = _account.get()
    act_for(account_id)
    try:
        yield
    finally:
        act_for(before)


def act_for(account_id: str) -> None:
    """The same until the request ends, or something else is said."""
    if account_id == _account.get():
        return
    _account.set(account_id)
    connection: Any = connections["default"]
    if connection.vendor == "postgresql":
        connection.tell_account()


def isolated(handler: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: a request begins and ends as nobody's, since its thread serves others before and after."""

    def isolate(request: HttpRequest) -> HttpResponseBase:
        with acting_for(NOBODY):
            return handler(request)

    return isolate
