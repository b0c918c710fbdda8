"""The whole interface against what a fuzzer makes of its OpenAPI document, on the real server."""

import json
import os
from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
)
from tests.platform.conftest import NORTHWIND
from tests.platform.live import Platform, signer

from trunkline.platform.api import api

LONG = bool(os.environ.get("TRUNKLINE_TEST_LONG"))


def budget(few: int) -> settings:
    """Examples for each operation; there are many operations."""
    return settings(
        max_examples=2000 if LONG else few,
        deadline=None,
        derandomize=not LONG,
        suppress_health_check=list(HealthCheck),
    )


document = json.loads(json.dumps(api.get_openapi_schema()))
schema = schemathesis.openapi.from_dict(document)
proven = schemathesis.openapi.from_dict(
    document
    | {
        "paths": {
            path: operations
            for path, operations in document["paths"].items()
            if all("security" in operation for operation in operations.values())
        }
    }
)

CONFORMANCE = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schema.parametrize()
@budget(15)
def test_signed_requests_are_answered_as_described(case: Any, live: Platform) -> None:
    case.path_parameters = {**case.path_parameters, "account_id": NORTHWIND}
    case.call_and_validate(
        base_url=live.url,
        # Some forms that a fuzzer makes no client could sign.
        auth=signer(live.northwind) if "security" in case.operation.definition.raw else None,
        verify=live.ca,
        checks=CONFORMANCE,
    )


@proven.parametrize()
@budget(4)
def test_nothing_is_answered_without_a_signature(case: Any, live: Platform) -> None:
    response = case.call_and_validate(base_url=live.url, verify=live.ca, checks=[*CONFORMANCE, ignored_auth])
    assert response.status_code in (401, 404, 405)
