import gzip
import io
import json
import re
from datetime import UTC, datetime, timedelta

import pyarrow.parquet
import pytest
from published_server import ACCOUNT, HOUR, KEY, OTHER_KEY, session
from rich.console import Console
from typer.testing import CliRunner

from trunkline.cli import remedies
from trunkline.cli.instants import instant
from trunkline.cli.pull import pull
from trunkline.cli.pull_progress import Bar
from trunkline.client import AuthenticationError

NOON = int(datetime.now(UTC).timestamp() * 1000) // HOUR * HOUR


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(KEY))
    return path


@pytest.fixture
def run(server, tmp_path, key_file, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "dumb")

    def run(
        *arguments: str,
        code: int = 0,
        env: dict[str, str] | None = None,
        key=key_file,
        account=ACCOUNT,
        host=None,
    ):
        given = ["--to", str(tmp_path / "pulled"), *arguments]
        given += ["--host", host or server.url] if host != "" else []
        given += ["--key-file", str(key)] if key else []
        given += ["--account", account] if account else []
        result = CliRunner().invoke(pull, given, env=env)
        assert result.exit_code == code, result.output
        return result

    return run


AGENTS = ("--type", "agentActivity")


def test_a_pull_says_what_it_took_where_it_is_and_how_to_look_at_it(server, run, tmp_path):
    server.publish(NOON - 3 * HOUR)
    newest = server.publish(NOON - 2 * HOUR)
    said = run(*AGENTS).stdout
    folder = tmp_path / "pulled" / ACCOUNT / "agentActivity"
    assert "agentActivity: 2 new files, 4 sessions, " in said
    assert f"in {folder}, hours from " in said
    assert f"look at it: zcat {folder / newest.name} | head -n 1" in said
    assert "0 new files, 0 sessions, 0 bytes, 2 known before" in run(*AGENTS).stdout


def test_parquet_is_read_by_the_command_that_is_shown(server, run, tmp_path):
    server.publish(NOON - 2 * HOUR)
    said = run(*AGENTS, "--as", "parquet").stdout
    assert "1 new file, 2 sessions, 6 rows" in said
    code = re.search(r'python -c "(.*)"', said)[1]
    exec(code)
    (path,) = (tmp_path / "pulled" / ACCOUNT / "agentActivity").glob("*.parquet")
    assert pyarrow.parquet.read_table(path).num_rows == 6


def test_quiet_says_nothing(server, run):
    server.publish(NOON - 2 * HOUR)
    assert run(*AGENTS, "--quiet").output == ""


def test_all_takes_every_type_that_is_on(server, run, tmp_path):
    server.publish(NOON - 2 * HOUR)
    server.publish(NOON - 2 * HOUR, data_type="survey")
    run("--type", "all", "-q")
    assert {path.name for path in (tmp_path / "pulled" / ACCOUNT).iterdir()} == {"agentActivity", "survey"}


def test_since_and_until_bound_what_is_taken(server, run):
    server.publish(NOON - 50 * HOUR)
    server.publish(NOON - 2 * HOUR)
    assert "1 new file," in run(*AGENTS, "--since", "3d", "--until", "1d").stdout


def test_the_key_may_stand_in_the_environment(server, run):
    server.publish(NOON - 2 * HOUR)
    environment = {
        "LE_ACCOUNT": ACCOUNT,
        "LE_HOST": server.url,
        "LE_APP_KEY": KEY["appKey"],
        "LE_APP_SECRET": KEY["secret"],
        "LE_ACCESS_TOKEN": KEY["accessToken"],
        "LE_ACCESS_TOKEN_SECRET": KEY["accessTokenSecret"],
    }
    assert "1 new file" in run(*AGENTS, env=environment, key=None, account="", host="").stdout


def test_account_host_and_authority_may_stand_in_the_key_file(tls_server, authority, run, key_file):
    tls_server.publish(NOON - 2 * HOUR)
    more = {"account": ACCOUNT, "host": tls_server.url, "ca": str(authority / "ca.crt"), "id": 7}
    key_file.write_text(json.dumps({**KEY, **more}))
    assert "1 new file" in run(*AGENTS, account="", host="").stdout


def test_client_credentials_may_stand_in_the_environment(server, run):
    server.publish(NOON - 2 * HOUR)
    server.minted = ["token"]
    environment = {"LE_CLIENT_ID": "id", "LE_CLIENT_SECRET": "client secret", "LE_SENTINEL": server.url}
    assert "1 new file" in run(*AGENTS, env=environment, key=None).stdout


@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256"])
def test_both_ways_to_sign_are_accepted(server, run, method):
    server.publish(NOON - 2 * HOUR)
    run(*AGENTS, "--signature", method)
    assert f'oauth_signature_method="{method}"' in server.seen[0].headers["Authorization"]


# What is wrong, and what to do


def test_a_missing_key_is_named_with_the_ways_to_give_it(run):
    said = run(*AGENTS, key=None, code=2, env=dict.fromkeys(("LE_APP_KEY", "LE_APP_SECRET"), "")).output
    assert "appKey is missing" in said
    assert "--key-file" in said
    assert "LE_APP_KEY" in said


def test_a_missing_account_is_named(run):
    assert "--account" in run(*AGENTS, account="", code=2).output


@pytest.mark.parametrize("content", ["", "not json {SECRET-VALUE", "[]", '{"appKey": "SECRET-VALUE"}'])
def test_a_key_file_that_is_none_is_a_clear_error_without_its_content(run, key_file, content):
    key_file.write_text(content)
    said = run(*AGENTS, code=2).output
    assert "SECRET-VALUE" not in said
    assert "Error" in said


def test_a_wrong_key_is_refused_with_a_remedy(run, server, key_file):
    server.publish(NOON - 2 * HOUR)
    key_file.write_text(json.dumps(OTHER_KEY))
    said = run(*AGENTS, code=3).output
    assert "answered 401: The signature is wrong" in said
    assert "Check the values of the key, and that it belongs to this account." in said
    assert OTHER_KEY["secret"] not in said


def test_a_wrong_clock_is_recognised_by_the_servers_date(run, server, key_file):
    server.publish(NOON - 2 * HOUR)
    server.clock_ahead = 3600
    key_file.write_text(json.dumps(OTHER_KEY))
    assert "This machine's clock is 60 minutes behind the server's" in run(*AGENTS, code=3).output


def test_a_clock_ahead_is_told_from_one_behind():
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    error = AuthenticationError(401, host="a.example", server_time=now - timedelta(minutes=7))
    assert "7 minutes ahead of the server's (2026-01-01 11:53:00 UTC there)" in remedies.remedy(error, now)


def test_a_type_that_is_off_is_refused_with_a_remedy(run):
    said = run("--type", "engagement", code=3).output
    assert "engagement is not switched on" in said
    assert "--type all" in said


def test_an_unknown_authority_is_refused_with_a_remedy(run, tls_server):
    said = run(*AGENTS, host=tls_server.url, code=4).output
    assert "--ca FILE" in said


def test_a_server_that_is_away_is_told_with_a_remedy(run, server):
    server.stop()
    said = run(*AGENTS, "--patience", "0", code=4).output
    assert "127.0.0.1 cannot be reached" in said
    assert "Check --host" in said


def test_a_damaged_file_is_named_and_the_exit_code_says_so(run, server):
    file = server.publish(NOON - 2 * HOUR)
    file.body = file.body[:-4]
    assert f"not taken: {file.name}" in run(*AGENTS, code=1).stdout
    assert file.name in run(*AGENTS, "-q", code=1).stdout


def test_waiting_for_a_failing_server_is_told(run, server, monkeypatch):
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server.publish(NOON - 2 * HOUR)
    server.refusals = [(429, {})]
    assert "asking again in 1 s" in run(*AGENTS).stderr


@pytest.mark.parametrize("text", ["yesterday", "3", "2026-13-01", "d"])
def test_a_date_that_is_none_is_a_clear_error(run, text):
    assert "a date such as 2026-11-01" in run(*AGENTS, "--since", text, code=2).output


def test_points_in_time_are_read_as_people_type_them():
    now = datetime(2026, 11, 21, 8, tzinfo=UTC)
    for text, expected in {
        "3d": now - timedelta(days=3),
        "90m": now - timedelta(minutes=90),
        "2w": now - timedelta(weeks=2),
        "2026-11-01": datetime(2026, 11, 1, tzinfo=UTC),
        "2026-11-01T08:30": datetime(2026, 11, 1, 8, 30, tzinfo=UTC),
        "2026-11-01T08:30+02:00": datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    }.items():
        assert instant(text, now) == expected


def test_help_teaches(run):
    said = CliRunner().invoke(pull, ["--help"], env={"COLUMNS": "200"}).output
    for taught in [
        "Example: trunkline pull",
        "--key-file",
        "LE_APP_KEY",
        "never from an option",
        "Exit codes: 0",
        "parquet",
    ]:
        assert taught in said


def test_the_bar_shows_type_files_and_bytes():
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with Bar(console, shown=True) as bar:
        bar.begin("agentActivity")
        bar.found(4)
        bar.received(3_000_000)
        bar.finished("a.gz")
    assert re.search(r"agentActivity .* 1/4 files 3\.0 MB", screen.getvalue())


def test_no_bar_is_drawn_where_nobody_looks():
    screen = io.StringIO()
    with Bar(Console(file=screen), shown=True) as bar:
        bar.begin("agentActivity")
        bar.finished("a.gz")
    assert screen.getvalue() == ""


# Decryption


@pytest.fixture
def private_key(gnupg, curve_key, tmp_path):
    path = tmp_path / "private.asc"
    path.write_text(gnupg.private(curve_key))
    return path


def publish_encrypted(server, gnupg, key):
    """A session with its agent's nickname encrypted by GnuPG."""
    name = gnupg("--armor", "--trust-model", "always", "--recipient", key, "--encrypt", given="Ada")
    text = json.dumps(session(NOON - 2 * HOUR)).replace('"Ada"', json.dumps(name))
    return server.publish(NOON - 2 * HOUR, body=gzip.compress(text.encode()))


def test_values_are_decrypted_with_the_private_key(server, run, gnupg, curve_key, private_key, tmp_path):
    publish_encrypted(server, gnupg, curve_key)
    run(*AGENTS, "--as", "ndjson", "--decrypt-with", str(private_key))
    (path,) = (tmp_path / "pulled").rglob("*.ndjson")
    assert [json.loads(line)["agentNickname"] for line in path.read_text().splitlines()] == ["Ada"] * 3


def test_a_passphrase_comes_from_a_file(server, run, gnupg, tmp_path):
    key = gnupg.make("ed25519", subkey="cv25519", passphrase="open sesame")
    publish_encrypted(server, gnupg, key)
    private, passphrase = tmp_path / "private.asc", tmp_path / "passphrase"
    private.write_text(gnupg.private(key, "open sesame"))
    passphrase.write_text("open sesame\n")
    tables = (*AGENTS, "--as", "ndjson", "--decrypt-with", str(private))
    assert "--passphrase-file" in run(*tables, code=2).output
    assert "1 new file" in run(*tables, "--passphrase-file", str(passphrase)).stdout
    passphrase.write_text("open barley")
    said = run(*tables, "--passphrase-file", str(passphrase), code=2).output
    assert "does not open" in said
    assert "barley" not in said


def test_a_file_for_another_key_is_named_and_the_exit_code_says_so(server, run, gnupg, rsa_key, private_key):
    file = publish_encrypted(server, gnupg, rsa_key)
    said = run(*AGENTS, "--as", "ndjson", "--decrypt-with", str(private_key), code=1).output
    assert f"not taken: {file.name}" in said
    assert "not encrypted to the private key" in said


def test_a_text_that_stays_encrypted_is_told(server, run, gnupg, curve_key, rsa_key, private_key):
    forged = gnupg("--armor", "--trust-model", "always", "--recipient", rsa_key, "--encrypt", given="x")
    file = publish_encrypted(server, gnupg, curve_key)
    file.body = gzip.compress(gzip.decompress(file.body).replace(b'"ada"', json.dumps(forged).encode()))
    said = run(*AGENTS, "--as", "ndjson", "--decrypt-with", str(private_key)).output
    assert "3 values stay encrypted" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--decrypt-with", "{key}"), "--as parquet"),
        (("--as", "ndjson", "--decrypt-with", "{key}.missing"), "cannot be read"),
        (
            ("--as", "ndjson", "--decrypt-with", "{key}", "--passphrase-file", "{key}.missing"),
            "cannot be read",
        ),
        (("--as", "ndjson", "--decrypt-with", "{junk}"), "gpg --armor --export-secret-keys"),
    ],
)
def test_what_cannot_be_decrypted_with_is_told(run, private_key, key_file, given, said):
    given = [one.format(key=private_key, junk=key_file) for one in given]
    assert said in run(*AGENTS, *given, code=2).output
