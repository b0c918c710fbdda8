"""The shop of the demo: where it is, its process, and how a person finds a visit to it.

Its address is the one origin of its publishable key, so the key's file says everything that its process must know.
"""

import json
from pathlib import Path
from typing import Any

from trunkline import settings
from trunkline.cli.demo_paths import pull_command
from trunkline.cli.demo_setup import ACCOUNTS, key_path
from trunkline.cli.processes import Part
from trunkline.cli.stack import program
from trunkline.shop.site import SCRIPT, Tagged

ACCOUNT = next(iter(ACCOUNTS))
NAME = "shop"


def address(data: Path) -> str | None:
    """None where it was not built, or belongs to a demo that was begun before there was a shop."""
    there = SCRIPT.exists() and key_path(data, ACCOUNT, "browser").exists()
    return _key(data)["origins"][0] if there else None


def ready_address(data: Path) -> dict[str, str]:
    """As the other servers have it: part → address."""
    found = address(data)
    return {NAME: found} if found else {}


def shop_part(data: Path) -> Part:
    return Part(NAME, program("demo", NAME), data / "log" / "shop.log")


def serve_shop(chosen: settings.Settings) -> None:
    from trunkline.shop.serve import serve

    key = _key(chosen.data)
    assert chosen.tls_certificate and chosen.tls_key  # the demo's folder has them
    tagged = Tagged(
        collector=chosen.collector_url,
        account=ACCOUNT,
        key=key["token"],
        pull=pull_command(chosen.data, ACCOUNT, "webSession"),
    )
    port = int(key["origins"][0].rpartition(":")[2])
    serve(tagged, port, chosen.tls_certificate, chosen.tls_key)


def _key(data: Path) -> dict[str, Any]:
    key: dict[str, Any] = json.loads(key_path(data, ACCOUNT, "browser").read_text(encoding="utf-8"))
    return key
