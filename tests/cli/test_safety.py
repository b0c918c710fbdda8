from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import typer

from trunkline.certificates import ensure_certificate
from trunkline.cli.folder import prepare, read_environment
from trunkline.cli.safety import refuse_unsafe, unsafe_settings
from trunkline.settings import Settings, load


@pytest.fixture
def safe(tmp_path: Path) -> Settings:
    prepare(
        tmp_path,
        {
            "TRUNKLINE_PLATFORM_URL": "https://data.example.com",
            "TRUNKLINE_COLLECTOR_URL": "https://data.example.com:8444",
        },
    )
    return load(read_environment(tmp_path))


def test_what_up_prepares_is_safe(safe: Settings) -> None:
    assert unsafe_settings(safe) == []
    refuse_unsafe(safe)


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"secret_key": ""}, "TRUNKLINE_SECRET_KEY"),
        ({"secret_key": "short"}, "TRUNKLINE_SECRET_KEY"),
        ({"sealing_keys": ""}, "TRUNKLINE_SEALING_KEYS"),
        ({"sealing_keys": "bm90IGEga2V5"}, "TRUNKLINE_SEALING_KEYS"),
        ({"platform_url": "http://data.example.com"}, "TRUNKLINE_PLATFORM_URL"),
        ({"collector_url": "http://data.example.com"}, "TRUNKLINE_COLLECTOR_URL"),
        (
            {"tls_certificate": None, "tls_key": None, "platform_bind": "0.0.0.0:8443"},
            "TRUNKLINE_PLATFORM_BIND",
        ),
        ({"tls_key": None}, "TRUNKLINE_TLS_KEY"),
        ({"tls_certificate": Path("/nowhere/server.crt")}, "TRUNKLINE_TLS_CERTIFICATE"),
        ({"tls_certificate": Path(__file__)}, "TRUNKLINE_TLS_CERTIFICATE"),
        ({"platform_url": "https://other.example.com"}, "TRUNKLINE_TLS_CERTIFICATE"),
        ({"trusted_proxies": (ip_network("0.0.0.0/0"),)}, "TRUNKLINE_TRUSTED_PROXIES"),
        ({"clock_speed": 60.0}, "TRUNKLINE_CLOCK_SPEED"),
    ],
)
def test_an_unsafe_setting_stops_the_start_in_production_and_not_in_development(
    safe: Settings, change: dict[str, Any], subject: str
) -> None:
    unsafe = replace(safe, **change)
    assert [finding.subject for finding in unsafe_settings(unsafe) if finding.unsafe] == [subject]
    with pytest.raises(typer.Exit):
        refuse_unsafe(unsafe)
    refuse_unsafe(replace(unsafe, mode="development"))


def test_behind_a_listed_proxy_the_server_may_speak_plain_http(safe: Settings) -> None:
    proxied = replace(
        safe,
        tls_certificate=None,
        tls_key=None,
        platform_bind="0.0.0.0:8443",
        collector_bind="0.0.0.0:8444",
        trusted_proxies=(ip_network("10.0.0.5/32"),),
    )
    assert unsafe_settings(proxied) == []


def test_an_old_certificate_is_a_warning_first_and_then_unsafe(safe: Settings) -> None:
    now = datetime.now(UTC)
    (soon,) = unsafe_settings(safe, now + timedelta(days=390))
    (late,) = unsafe_settings(safe, now + timedelta(days=400))
    assert (soon.unsafe, late.unsafe) == (False, True)


def test_a_wildcard_certificate_covers_one_label(tmp_path: Path, safe: Settings) -> None:
    chain, key = ensure_certificate(tmp_path / "wild", ["*.example.com"])
    wild = replace(safe, tls_certificate=chain, tls_key=key)
    assert unsafe_settings(wild) == []
    assert unsafe_settings(replace(wild, platform_url="https://a.b.example.com"))


def test_no_finding_shows_a_secret(safe: Settings) -> None:
    unsafe = replace(safe, secret_key="hidden-one", sealing_keys="hidden-two", mode="development")
    assert "hidden" not in repr(unsafe_settings(unsafe))
