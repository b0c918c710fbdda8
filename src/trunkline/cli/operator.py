"""Who types: the operator, under the name that the operating system has for whoever runs the command."""

import os
import pwd
from dataclasses import replace

from trunkline.platform import actors


def _name() -> str:
    """Of the process, not of its environment, which anybody can set."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


OPERATOR = replace(
    actors.OPERATOR, originator=replace(actors.OPERATOR.originator, name=_name(), login_name=_name())
)
