"""Where a client command finds its key: a file, or the environment. Never the command line, which everybody can read.

The file is JSON as `trunkline key create --json` prints it, with `account`, `host` and `ca` where they are known.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trunkline.client import Authentication, Bearer, Domains, OAuth1, OAuth2ClientCredentials

VARIABLES = {
    "account": "LE_ACCOUNT",
    "host": "LE_HOST",
    "ca": "LE_CA",
    "appKey": "LE_APP_KEY",
    "secret": "LE_APP_SECRET",
    "accessToken": "LE_ACCESS_TOKEN",
    "accessTokenSecret": "LE_ACCESS_TOKEN_SECRET",
    "clientId": "LE_CLIENT_ID",
    "clientSecret": "LE_CLIENT_SECRET",
    "sentinel": "LE_SENTINEL",
    "bearer": "LE_BEARER",
}
"""Member of a key file → variable of the environment."""


class CredentialsMissing(ValueError):
    """No usable key; the text says what to give."""


def read_credentials(key_file: Path | None, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What is known: from the key file where one is given, else from the environment. Raises `CredentialsMissing`."""
    if key_file is None:
        return {
            name: environment[variable] for name, variable in VARIABLES.items() if environment.get(variable)
        }
    try:
        values: Any = json.loads(key_file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CredentialsMissing(f"{key_file} cannot be read ({error.strerror})") from None
    except ValueError:
        # The parser's own words could show a piece of a secret.
        raise CredentialsMissing(
            f"{key_file} is not JSON, as `trunkline key create --json` prints it"
        ) from None
    if not isinstance(values, dict):
        raise CredentialsMissing(f"{key_file}: a JSON object expected")
    return {name: str(value) for name, value in values.items() if value is not None}


def authentication(values: Mapping[str, str], account: str, signature_method: str) -> Authentication:
    """The key in `values`. Raises `CredentialsMissing`."""
    if values.get("bearer"):
        return Bearer(values["bearer"])
    if values.get("clientId") and values.get("clientSecret"):
        return OAuth2ClientCredentials(
            account,
            values["clientId"],
            values["clientSecret"],
            sentinel=values.get("sentinel"),
            domains=Domains(),
        )
    try:
        return OAuth1.from_key(values, signature_method=signature_method)
    except ValueError as error:
        raise CredentialsMissing(
            f"{error}: give a key with --key-file FILE, or in the environment: LE_APP_KEY, LE_APP_SECRET, LE_ACCESS_TOKEN and "
            "LE_ACCESS_TOKEN_SECRET"
        ) from None
