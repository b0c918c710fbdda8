"""A program that makes one change for each line on standard input, each in a process of its own, for strace to break.

The process says who it is, may be traced by anybody, and waits for a second line before it begins. Then what became of it is told.
"""

import ctypes
import json
import os
import sys
from typing import Any

from trunkline.platform import project

project.start()

from django.db import connections  # noqa: E402

from trunkline.platform.actors import OPERATOR  # noqa: E402
from trunkline.platform.audit.check import check  # noqa: E402
from trunkline.platform.configuration import objects  # noqa: E402
from trunkline.platform.configuration.models import ConfigurationObject  # noqa: E402
from trunkline.platform.configuration.registry import SKILL  # noqa: E402

ACCOUNT = "75555851"
PR_SET_PTRACER, ANY = 0x59616D61, ctypes.c_ulong(-1)


def ask(name: str) -> bool:
    """True if the change was acknowledged."""
    reading, writing = os.pipe()
    connections.close_all()
    pid = os.fork()
    if pid == 0:
        # Where a process may only be traced by those above it (Yama), it says so itself.
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, ANY, 0, 0, 0)
        print(os.getpid(), flush=True)
        sys.stdin.readline()
        try:
            objects.create_objects(OPERATOR, ACCOUNT, SKILL, [{"name": name}])
            os.write(writing, b"acknowledged")
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    os.waitpid(pid, 0)
    return said == b"acknowledged"


def became(name: str) -> dict[str, Any]:
    acknowledged = ask(name)
    return {
        "acknowledged": acknowledged,
        "isThere": ConfigurationObject.objects.filter(account_id=ACCOUNT, name=name).exists(),
        "findings": [finding.text for finding in check(OPERATOR, ACCOUNT)],
    }


while line := sys.stdin.readline():
    print(json.dumps(became(line.strip())), flush=True)
