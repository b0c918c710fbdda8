"""Add up the results of several test runs: prints the skipped tests with their reasons, then one closing line."""

import os
import sys
from pathlib import Path
from xml.etree import ElementTree


def main(paths: list[str]) -> int:
    passed = failed = skipped = 0
    for path in paths:
        if not Path(path).exists():
            print(f"{path}: this run left no result")
            failed += 1
            continue
        for case in ElementTree.parse(path).iter("testcase"):
            reason = case.find("skipped")
            if reason is not None:
                skipped += 1
                print(f"skipped: {case.get('classname')}.{case.get('name')}: {reason.get('message')}")
            elif case.find("failure") is not None or case.find("error") is not None:
                failed += 1
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if skipped and os.environ.get("CI"):
        print("The CI may skip nothing.")
        return 1
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
