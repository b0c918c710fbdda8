"""The audit trail: every change of configuration, written in the transaction of the change and never touched again."""
