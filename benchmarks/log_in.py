"""Log-ins: what one costs, and whether a stranger can tell from the time which users exist.

    python benchmarks/log_in.py [--tries 2000]

On a database of its own in a temporary folder. Prints medians, their difference and the p-value of a two-sample Kolmogorov-Smirnov test.
"""

import argparse
import base64
import os
import secrets
import statistics
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from math import exp, sqrt

ACCOUNT, LOGIN, PASSWORD = "75555851", "ada@northwind.example", "correct horse battery"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--tries", type=int, default=2000, help="of each kind")
    tries = arguments.parse_args().tries
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "TRUNKLINE_MODE": "development",
            "TRUNKLINE_DATA": folder,
            "TRUNKLINE_SEALING_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        }
        known, unknown, right = measure(tries)
    print(f"{'':<28}{'median':>10}{'p99':>10}   milliseconds, {tries} tries each")
    for name, times in (("right password", right), ("wrong password", known), ("unknown user", unknown)):
        times = sorted(times)
        print(f"{name:<28}{statistics.median(times):>10.1f}{times[int(len(times) * 0.99)]:>10.1f}")
    apart = statistics.median(unknown) / statistics.median(known) - 1
    print(
        f"unknown against wrong: medians {apart:+.1%} apart, Kolmogorov-Smirnov p = {p_value(known, unknown):.3f}"
    )
    sys.exit(abs(apart) > 0.05)


def measure(tries: int) -> tuple[list[float], list[float], list[float]]:
    from trunkline.platform import project

    project.start()
    from trunkline.platform.accounts import accounts, users
    from trunkline.platform.actors import OPERATOR
    from trunkline.platform.auth import logins
    from trunkline.platform.auth.models import Guess
    from trunkline.platform.migrations import migrate_all
    from trunkline.platform.refusals import NotProven
    from trunkline.platform.seen import Seen

    list(migrate_all())
    accounts.create_account(OPERATOR, ACCOUNT, name="Northwind", time_zone="UTC")
    users.create_administrator(OPERATOR, ACCOUNT, LOGIN, PASSWORD)

    def once(login: str, password: str, address: str) -> float:
        # Throttling is not what is measured.
        Guess.objects.all().delete()
        began = time.perf_counter()
        with suppress(NotProven):
            logins.log_in(ACCOUNT, login, password, seen=Seen(address=address))
        return (time.perf_counter() - began) * 1000

    kinds: list[Callable[[], float]] = [
        lambda: once(LOGIN, "wrong", "198.51.100.1"),
        lambda: once("nobody@northwind.example", "wrong", "198.51.100.1"),
        lambda: once(LOGIN, PASSWORD, "203.0.113.7"),
    ]
    for kind in kinds:
        kind()
    # In turn, so that what else the machine does falls on all alike.
    rounds = [[kind() for kind in kinds] for _ in range(tries)]
    known, unknown, right = (list(times) for times in zip(*rounds, strict=True))
    return known, unknown, right


def p_value(one: list[float], other: list[float]) -> float:
    """That the two are of one distribution (asymptotic)."""
    one, other = sorted(one), sorted(other)
    apart = max(
        abs(bisect_right(one, at) / len(one) - bisect_right(other, at) / len(other)) for at in one + other
    )
    size = sqrt(len(one) * len(other) / (len(one) + len(other)))
    x = (size + 0.12 + 0.11 / size) * apart
    return max(0.0, min(1.0, 2 * sum((-1) ** (k - 1) * exp(-2 * (k * x) ** 2) for k in range(1, 101))))


if __name__ == "__main__":
    main()
