"""Where segments and data files live: a tree of immutable objects, reached by URL.

`contract` says what any store does; a folder on a local disk is one, and the others lie behind `remote`. The libraries of
S3 and Google Cloud Storage are imported by nobody else, and only where such a store is opened.
"""

from trunkline.store.contract import Store, StoreUnavailable, UnusableStore
from trunkline.store.local import LocalStore, make_folder, sync_folder
from trunkline.store.opening import open_store

__all__ = [
    "LocalStore",
    "Store",
    "StoreUnavailable",
    "UnusableStore",
    "make_folder",
    "open_store",
    "sync_folder",
]
