"""PostgreSQL, told at the beginning of every transaction for which account it is."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.backends.postgresql import base
from psycopg.pq import TransactionStatus

from trunkline.platform.isolation.account import account_acted_for

SETTING = "trunkline.account"
"""The database's own name for it: policies compare it with the account of each row."""


class DatabaseWrapper(base.DatabaseWrapper):
    """Forgets the account with each transaction, so that whoever gets the connection next cannot inherit it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.execute_wrappers.append(self._in_a_transaction)

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]  # Django's own hook, not in its stubs
        if not autocommit and account_acted_for():
            self._tell()

    def tell_account(self) -> None:
        """Within a transaction: from here on it is for another account."""
        open_ = self.connection is not None and self.in_atomic_block
        # One that has failed takes nothing any more, and is about to be undone.
        if open_ and self.connection.info.transaction_status in (
            TransactionStatus.IDLE,
            TransactionStatus.INTRANS,
        ):
            self._tell()

    def _tell(self) -> None:
        with self.wrap_database_errors:
            self.connection.execute("SELECT set_config(%s, %s, true)", [SETTING, account_acted_for()])

    def _in_a_transaction(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
    ) -> Any:
        """A statement that stands alone is a transaction, too."""
        if self.in_atomic_block or not account_acted_for():
            return execute(sql, params, many, context)
        with transaction.atomic(using=self.alias, savepoint=False):
            return execute(sql, params, many, context)
