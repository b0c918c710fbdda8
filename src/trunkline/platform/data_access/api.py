"""The Data Access API: paths, names and shapes as published."""

from http import HTTPStatus
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import Path, Query, Router, Status

from trunkline.platform.data_access import shapes
from trunkline.platform.data_access.download import answer
from trunkline.platform.data_access.files import data_types_on, find_file, list_files
from trunkline.platform.data_access.schemas import find_schema
from trunkline.platform.data_access.window import Window
from trunkline.platform.errors import Error, Unauthorized, error_body

router = Router(tags=["Data Access"])

AccountId = Annotated[str, Path(description="the account's id; a key reads its own account only")]
DataType = Annotated[
    str, Path(description="a data type that is switched on for the account, such as `agentActivity`")
]

VERSION = {
    "in": "query",
    "name": "v",
    "schema": {"type": "string"},
    "description": "accepted, since older scripts send it, and ignored",
}

FILE = "/le/{data_type}/{file_name}"

REFUSED = {401: Unauthorized, 403: Error, 404: Error}
DOWNLOAD_REFUSED = {**REFUSED, 416: Error, 503: Error}

GZIP_FILE = {
    "description": "The file: gzip, UTF-8, one JSON object a line.",
    "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}},
}
DOWNLOAD = {
    "parameters": [
        VERSION,
        {
            "in": "header",
            "name": "Range",
            "schema": {"type": "string"},
            "description": "one range of bytes, such as `bytes=1048576-`; other forms get the whole file",
        },
        {
            "in": "header",
            "name": "If-None-Match",
            "schema": {"type": "string"},
            "description": "the ETag of the file that you have",
        },
    ],
    "responses": {
        200: GZIP_FILE,
        206: GZIP_FILE | {"description": "The part asked for."},
        304: {"description": "You have this file."},
    },
}


@router.get(
    "/le",
    response={200: shapes.BaseResource, **REFUSED},
    by_alias=True,
    operation_id="baseResource",
    openapi_extra={"parameters": [VERSION]},
)
def base_resource(request: HttpRequest, account_id: AccountId) -> Any:
    """What there is: the data types that are switched on for the account, and the schema."""
    on = data_types_on(_actor(request), account_id)
    return shapes.base_resource(_address(account_id), account_id, on)


@router.get(
    "/le/schema",
    response={200: Any, 400: Error, **REFUSED},
    operation_id="schema",
    openapi_extra={"parameters": [VERSION]},
)
def schema(
    request: HttpRequest,
    account_id: AccountId,
    schema_id: Annotated[
        str, Query(alias="schemaId", description="a version such as `1.0.0.35`, or `latest`")
    ],
    data_type: Annotated[
        str | None, Query(alias="dataType", description="only this data type's schema, as an object")
    ] = None,
) -> Any:
    """The Avro schemas of the records in the files: an array, one complete schema for each data type switched on."""
    return find_schema(_actor(request), account_id, schema_id, data_type)


@router.get(
    "/le/{data_type}",
    response={200: shapes.FileListing, 400: Error, **REFUSED, 404: shapes.NoFiles},
    by_alias=True,
    exclude_none=True,
    operation_id="listFiles",
    openapi_extra={"parameters": [VERSION]},
)
def listing(request: HttpRequest, account_id: AccountId, data_type: DataType, window: Query[Window]) -> Any:
    """The data files whose hour begins, or that were published, in the window; 404 where there is none.

    Ask window after window: a file that appears late is listed by its publication. You may then meet a file twice,
    under the same name and with the same bytes.
    """
    found = list_files(_actor(request), account_id, data_type, window.start, window.end)
    body = shapes.listing(f"{_address(account_id)}/{data_type}", found)
    if not found.files:
        nothing = error_body(HTTPStatus.NOT_FOUND, "No Available Files", reason="no_files")
        return Status(HTTPStatus.NOT_FOUND, nothing | body)
    return body


@router.api_operation(
    ["HEAD"], FILE, response=DOWNLOAD_REFUSED, operation_id="inspect", openapi_extra=DOWNLOAD
)
@router.get(FILE, response=DOWNLOAD_REFUSED, operation_id="download", openapi_extra=DOWNLOAD)
def download(
    request: HttpRequest,
    account_id: AccountId,
    data_type: DataType,
    file_name: Annotated[str, Path(description="as in the listing, with or without `.gz`")],
) -> HttpResponseBase:
    """One data file."""
    file = find_file(_actor(request), account_id, data_type, file_name)
    return answer(request, file, file_name)


def _actor(request: HttpRequest) -> Any:
    return request.auth  # type: ignore[attr-defined]  # set by django-ninja


def _address(account_id: str) -> str:
    return f"{settings.TRUNKLINE.platform_url}/data_access_le/account/{account_id}/le"
