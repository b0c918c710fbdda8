from pathlib import Path

import pytest

from trunkline.cli.folder import FolderError, prepare, read_environment
from trunkline.settings import load

URLS = {
    "TRUNKLINE_PLATFORM_URL": "https://data.example.com",
    "TRUNKLINE_COLLECTOR_URL": "https://events.example.com:8444",
}


def test_a_new_folder_gets_everything_that_a_start_needs(tmp_path: Path) -> None:
    prepare(tmp_path / "data", URLS)
    settings = load(read_environment(tmp_path / "data"))
    assert settings.platform_url == "https://data.example.com"
    assert len(settings.secret_key) >= 50
    assert len(settings.sealing_keys) == 44
    assert settings.tls_certificate is not None
    assert settings.tls_certificate.is_file()


def test_preparing_again_changes_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, URLS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    prepare(
        tmp_path,
        {"TRUNKLINE_PLATFORM_URL": "https://other.example.com", "TRUNKLINE_COLLECTOR_URL": "https://x"},
    )
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_what_the_operator_wrote_is_kept(tmp_path: Path) -> None:
    (tmp_path / "trunkline.env").write_text("# ours\nTRUNKLINE_GRACE_MINUTES = 3\n")
    prepare(tmp_path, URLS)
    assert (tmp_path / "trunkline.env").read_text().startswith("# ours\nTRUNKLINE_GRACE_MINUTES = 3\n")
    assert load(read_environment(tmp_path)).grace_minutes == 3


def test_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    prepare(tmp_path / "data", URLS)
    for path in (tmp_path / "data" / "secrets").iterdir():
        assert path.stat().st_mode & 0o077 == 0
    secrets = (tmp_path / "data" / "secrets" / "sealing-keys").read_text().strip()
    assert secrets not in (tmp_path / "data" / "trunkline.env").read_text()


def test_a_line_that_is_no_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / "trunkline.env").write_text("TRUNKLINE_MODE=development\nwhat is this\n")
    with pytest.raises(FolderError, match="line 2"):
        read_environment(tmp_path)


def test_a_folder_without_settings_has_none(tmp_path: Path) -> None:
    assert read_environment(tmp_path) == {}
