"""The segments of a day under the names of several accounts: `copies.py FOLDER DAY TIMES`.

Each account has a collector of its own. An id that holds the account's number changes with it.
"""

import hashlib
import json
import sys
import zlib
from pathlib import Path

from centre_day import ACCOUNT

from trunkline.segments.recovery import next_group


def main(folder: Path, day: Path, times: int) -> None:
    for number in range(times):
        account = str(int(ACCOUNT) + number).encode()
        for path in day.glob("*/**/*.ndjson"):
            target, text = _target(folder, day, path, number), _renamed(path, account)
            target.write_bytes(text)
            facts = json.loads(path.with_suffix(".json").read_bytes().replace(ACCOUNT.encode(), account))
            facts |= {
                "segment": str(target.relative_to(folder)),
                "collector": f"bench{number}",
                "bytes": len(text),
                "sha256": hashlib.sha256(text).hexdigest(),
            }
            target.with_suffix(".json").write_text(json.dumps(facts))


def _target(folder: Path, day: Path, path: Path, number: int) -> Path:
    target = folder / path.relative_to(day).with_name(path.name.replace("bench", f"bench{number}"))
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _renamed(path: Path, account: bytes) -> bytes:
    """Group by group: each has a checksum of its own."""
    made, number = [], 0
    with path.open("rb") as file:
        while group := next_group(file, number):
            number += 1
            body = group[1].replace(ACCOUNT.encode(), account)
            header = json.loads(group[0]) | {"crc32": zlib.crc32(body)}
            made += [json.dumps(header, separators=(",", ":")).encode(), b"\n", body]
    return b"".join(made)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
