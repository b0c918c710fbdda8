"""Backup and restore of everything that cannot be made again (docs/operations.md)."""
