"""`trunkline …`: the command line. Each command is a module of its own, imported only when it is called."""

from trunkline.cli.program import main

__all__ = ["main"]
