"""What `trunkline demo` shows when everything runs: what is where, the keys, and commands to copy."""

from collections.abc import Iterator
from typing import NamedTuple

from rich.text import Text

from trunkline.cli.demo_paths import program_path, pull_command, relative
from trunkline.settings import Settings
from trunkline.web.assets import is_built

TO_BUILD = "needs Node.js 18 and npm; then `make web`, stop and start again"


class AccountKeys(NamedTuple):
    """The values of an account's reading key and of its write key, and how its administrator signs in."""

    reading: dict[str, str]
    writing: dict[str, str]
    administrator: dict[str, str]


Keys = dict[str, AccountKeys]


def screen(chosen: Settings, names: dict[str, str], keys: Keys, shop: str | None) -> Text:
    """The whole screen, in lines that are never broken: keys and commands are there to be copied."""
    folder = relative(chosen.data)
    return Text("\n").join(
        [
            _heading("Trunkline is running", f"stop it with `{program_path()} demo stop`"),
            *_places(chosen, folder, shop),
            _heading("Demo accounts", f"their keys are kept in {folder}/keys; real ones are shown once"),
            *_accounts(names, keys),
            _heading("Copy one of these"),
            *_commands(chosen, folder, keys),
        ]
    )


def _heading(text: str, note: str = "") -> Text:
    return Text.assemble("\n", (text, "bold"), (f"  ({note})" if note else "", "dim"))


def _places(chosen: Settings, folder: str, shop: str | None) -> Iterator[Text]:
    often = "each full hour" if chosen.clock_speed == 1 else f"every {3600 / chosen.clock_speed:.3g} seconds"
    for name, place, meaning in (
        ("Collector", chosen.collector_url, "takes events"),
        ("Data Access API", chosen.platform_url, "serves hourly files; /openapi.json describes it"),
        (
            "Console",
            f"{chosen.platform_url}/console/",
            "users, skills, keys, audit trail; the first sign-in sets up a second factor",
        )
        if is_built()
        else ("Console", "", f"not built: {TO_BUILD}"),
        ("Pipeline", "", f"makes new files {often}"),
        ("Simulator", "", "two contact centres, live"),
        ("Shop", shop, "a site with the browser tag: click around, its foot says how to find your visit")
        if shop
        else ("Shop", "", f"not built: {TO_BUILD}"),
        ("Data", folder, f"logs in {folder}/log"),
        ("Authority", f"{folder}/ca/ca.crt", "what clients trust"),
    ):
        yield Text.assemble(f"  {name:<17}", (f"{place:<32} " if place else "", "green"), (meaning, "dim"))


def _accounts(names: dict[str, str], keys: Keys) -> Iterator[Text]:
    for account, (reading, writing, administrator) in keys.items():
        yield Text.assemble("  ", (account, "green"), f" {names[account]}")
        for label, value in (
            ("app key", reading["appKey"]),
            ("secret", reading["secret"]),
            ("access token", reading["accessToken"]),
            ("access token secret", reading["accessTokenSecret"]),
            ("write key", writing["token"]),
            ("at the console", "  ".join(administrator.values())),
        ):
            yield Text.assemble((f"    {label:<20} ", "dim"), value)


def _commands(chosen: Settings, folder: str, keys: Keys) -> Iterator[Text]:
    account, (_, writing, _) = next(iter(keys.items()))
    event = '{"eventId":"hello-1","type":"agent.login","timestamp":\'$(date +%s000)\',"agentId":9,"nickname":"Ada"}'
    find = f"{pull_command(chosen.data, account, 'webSession')} && grep -rh VISITOR pulled"
    post = (
        f"curl --cacert {folder}/ca/ca.crt -H 'Authorization: Bearer {writing['token']}'"
        f" -H 'Content-Type: application/json' -d '{event}'"
        f" {chosen.collector_url}/collector/v1/account/{account}/events"
    )
    for meaning, command in (
        (
            "Pull the files of the last days, decoded:",
            pull_command(chosen.data, account, "agentActivity"),
        ),
        ("Send an event yourself:", post),
        ("See how far the files are:", f"{program_path()} --data {folder} pipeline status"),
        ("Find your visit to the shop (VISITOR: your id, as its foot says):", find),
    ):
        yield Text.assemble((f"  {meaning}\n", "dim"), "    ", (command, "cyan"))
