"""The process that encrypts: the library holds the interpreter's lock, so it works beside the pipeline and not in it.

It is asked with a public key and some texts and answers with as many messages; it ends with its input.
"""

import signal
import sys
from functools import lru_cache

from pysequoia import Cert, encrypt

from trunkline.encryption import frames
from trunkline.encryption.messages import with_fingerprint


def main() -> None:
    # A terminal and systemd send these to the whole group; the pipeline finishes its run first, for which it needs this.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            public_key, texts = frames.receive(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer = [_message(public_key, text) for text in texts]
        except Exception as error:
            # The first line: the library adds its stack.
            frames.send(sys.stdout.buffer, str(error).partition("\n")[0])
        else:
            frames.send(sys.stdout.buffer, answer)


def _message(public_key: str, text: str) -> str:
    cert = _cert(public_key)
    return with_fingerprint(encrypt(text.encode(), recipients=[cert]).decode("ascii"), cert.fingerprint)


@lru_cache(maxsize=64)
def _cert(public_key: str) -> Cert:
    return Cert.from_bytes(public_key.encode())


if __name__ == "__main__":
    main()
