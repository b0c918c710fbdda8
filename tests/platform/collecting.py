"""Clients of the published audit query, written against its documents alone: they know nothing of this program."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests
from requests_oauthlib import OAuth1

AUDIT = "/api/account/{}/configuration/metadata/audit"


@dataclass
class Archive:
    """Pages through GraphQL with an API key, by day, as a warehouse loads it; without what it has already."""

    url: str
    account_id: str
    signer: OAuth1
    ca: str
    rows: dict[tuple[Any, ...], dict[str, Any]] = field(default_factory=dict)

    FIELDS = (
        "accountId objectType objectName actionType element oldValue newValue changeDate originator "
        "originatorLoginName originatorUserId originatorUserAgent originatorAuthType originatorIsLpa"
    )

    def load(self, day: datetime, page: int) -> int:
        """How many there are, by `X-Total-Count`; all of them are in `rows` afterwards."""
        offset, total = 0, 1
        while offset < total:
            found, total = self._page(f"{day - timedelta(days=1):%Y-%m-%d}", f"{day:%Y-%m-%d}", page, offset)
            for row in found:
                assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d", row["changeDate"])
                self.rows.setdefault(tuple(row.values()), row)
            offset += len(found)
            assert found or offset == total
        return total

    def _page(self, first: str, last: str, page: int, offset: int) -> tuple[list[dict[str, Any]], int]:
        query = (
            f'{{auditData (fromDate:"{first}", toDate:"{last}", first:{page}, offset:{offset}, timezone:"UTC", '
            f"lpa:true, automaticUpdates:true) {{{self.FIELDS}}}}}"
        )
        response = requests.post(
            self.url + AUDIT.format(self.account_id),
            json={"query": query},
            auth=self.signer,
            verify=self.ca,
            timeout=30,
        )
        response.raise_for_status()
        return response.json()["data"]["auditData"], int(response.headers["X-Total-Count"])


@dataclass
class Collector:
    """Collects events for a security product: domain look-up, client credentials, the flat body, oldest first."""

    lookup: str
    account_id: str
    client_id: str
    client_secret: str
    ca: str

    PAGE = 500

    def collect(self, since: datetime) -> list[dict[str, Any]]:
        session = requests.Session()
        found = session.get(
            f"{self.lookup}/api/account/{self.account_id}/service/accountConfigReadOnly/baseURI.json",
            params={"version": "1.0"},
            verify=self.ca,
            timeout=30,
        )
        base = f"https://{found.json()['baseURI']}"
        form = {"client_id": self.client_id, "client_secret": self.client_secret}
        token = session.post(
            f"{base}/sentinel/api/v2/account/{self.account_id}/app/token",
            data=form | {"grant_type": "client_credentials"},
            verify=self.ca,
            timeout=30,
        )
        session.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        return list(self._events(session, base + AUDIT.format(self.account_id), since))

    def _events(self, session: requests.Session, url: str, since: datetime) -> Iterator[dict[str, Any]]:
        offset = 0
        while True:
            body = {
                "fromData": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "first": self.PAGE,
                "offset": offset,
                "orderBy": "changeTimestamp:ASC",
            }
            response = session.post(url, json=body, verify=self.ca, timeout=30)
            response.raise_for_status()
            events = response.json().get("data", [])
            for event in events:
                at = datetime.fromisoformat(event["changeDate"].replace("Z", "+00:00"))
                assert at.astimezone(ZoneInfo("UTC")) >= since.replace(microsecond=0)
                yield event
            offset += len(events)
            if len(events) < self.PAGE:
                return


def now() -> datetime:
    return datetime.now(UTC)
