"""Ending log-ins. What has ended stays so, whatever becomes of the user."""

from collections.abc import Iterable

from trunkline.platform.auth.models import LogIn


def end_log_ins(account_id: str, number: int, now: int, *, kinds: Iterable[str] = (), but: str = "") -> int:
    """Those of the user, of these kinds or all, but for the one with the digest `but`; how many were live."""
    live = LogIn.objects.filter(account_id=account_id, number=number, ended=None, expires__gt=now).exclude(
        digest=but
    )
    wanted = live.filter(kind__in=list(kinds)) if kinds else live
    return wanted.update(ended=now)
