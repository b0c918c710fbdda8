from pathlib import Path

import pytest

from trunkline.settings import SettingError, Settings, load, table

DOCUMENT = Path(__file__).parent.parent / "docs" / "configuration.md"


def test_nothing_set_gives_the_defaults() -> None:
    assert load({}) == Settings()


def test_a_value_is_read_as_what_it_is() -> None:
    settings = load(
        {
            "TRUNKLINE_GRACE_MINUTES": "3",
            "TRUNKLINE_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "TRUNKLINE_PLATFORM_URL": "https://data.example.com/",
        }
    )
    assert settings.grace_minutes == 3
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert settings.platform_url == "https://data.example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUNKLINE_GRACE_MINUTES", "soon"),
        ("TRUNKLINE_GRACE_MINUTES", "-1"),
        ("TRUNKLINE_PLATFORM_URL", "data.example.com"),
        ("TRUNKLINE_PLATFORM_BIND", "8443"),
        ("TRUNKLINE_TRUSTED_PROXIES", "10.0.0.0/99"),
        ("TRUNKLINE_CLOCK_SPEED", "0"),
        ("TRUNKLINE_MODE", "prod"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_was_expected(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"{name}: .*expected"):
        load({name: value})


def test_a_misspelt_setting_is_refused() -> None:
    with pytest.raises(SettingError, match="TRUNKLINE_GRACE_MINUTE: unknown setting"):
        load({"TRUNKLINE_GRACE_MINUTE": "3"})


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden\n")
    assert load({"TRUNKLINE_SECRET_KEY_FILE": str(tmp_path / "key")}).secret_key == "hidden"


def test_a_secret_file_that_is_missing_is_an_error_and_not_an_empty_secret(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="TRUNKLINE_SECRET_KEY_FILE"):
        load({"TRUNKLINE_SECRET_KEY_FILE": str(tmp_path / "nothing")})


def test_secrets_are_absent_from_the_representation() -> None:
    settings = load({"TRUNKLINE_SECRET_KEY": "hidden-1", "DATABASE_URL": "postgresql://a:hidden-2@h/d"})
    assert "hidden" not in repr(settings)


def test_the_documented_table_is_the_present_one() -> None:
    assert table() in DOCUMENT.read_text(encoding="utf-8"), (
        "run `trunkline check --table` and put it into the document"
    )
