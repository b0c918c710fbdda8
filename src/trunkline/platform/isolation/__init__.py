"""Accounts are kept apart a second time, by PostgreSQL: row-level security, three roles, one account per transaction.

SQLite has neither roles nor policies; there the program's own gate keeps accounts apart, and triggers guard the audit trail.
"""
