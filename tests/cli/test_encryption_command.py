"""From `account encryption set` to `pull --decrypt-with`, by the commands that people type."""
