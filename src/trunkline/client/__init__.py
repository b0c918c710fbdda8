"""The SDK of the published data APIs: works against a Trunkline platform and against LivePerson's own cloud.

Authentication is an object that stands beside a client; clients are synchronous, typed and streaming. docs/api/client.md
shows how they are used. Importing this package imports no other part of Trunkline.
"""

from trunkline.client.authentication import Authentication, Bearer
from trunkline.client.avro_json import unwrap
from trunkline.client.data_access import DataAccess
from trunkline.client.decryption import (
    DecryptionUnavailable,
    Decryptor,
    NotDecrypted,
    PrivateKeyRefused,
)
from trunkline.client.domains import DATA_ACCESS_HOSTS, Domains
from trunkline.client.errors import (
    ApiError,
    AuthenticationError,
    BadRequest,
    ClientError,
    CorruptFile,
    NotFound,
    PermissionDenied,
    RateLimited,
    ServerError,
    UnexpectedAnswer,
    Unreachable,
    UntrustedCertificate,
)
from trunkline.client.gunzip import LocalFile
from trunkline.client.journal import FolderInUse, JournalDamaged, Taken
from trunkline.client.listing import Listing, RemoteFile
from trunkline.client.oauth1 import OAuth1
from trunkline.client.oauth2 import OAuth2ClientCredentials
from trunkline.client.pulling import Pulled, pull
from trunkline.client.records import Body, Record
from trunkline.client.retry import RetryPolicy

__all__ = [
    "DATA_ACCESS_HOSTS",
    "ApiError",
    "Authentication",
    "AuthenticationError",
    "BadRequest",
    "Bearer",
    "Body",
    "ClientError",
    "CorruptFile",
    "DataAccess",
    "DecryptionUnavailable",
    "Decryptor",
    "Domains",
    "FolderInUse",
    "JournalDamaged",
    "Listing",
    "LocalFile",
    "NotDecrypted",
    "NotFound",
    "OAuth1",
    "OAuth2ClientCredentials",
    "PermissionDenied",
    "PrivateKeyRefused",
    "Pulled",
    "RateLimited",
    "Record",
    "RemoteFile",
    "RetryPolicy",
    "ServerError",
    "Taken",
    "UnexpectedAnswer",
    "Unreachable",
    "UntrustedCertificate",
    "pull",
    "unwrap",
]
