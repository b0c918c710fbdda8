"""Trunkline: the self-hosted data stack of a contact centre."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("trunkline")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0"
