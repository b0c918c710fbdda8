"""Accounts, what is switched on for them, their users and their keys."""
