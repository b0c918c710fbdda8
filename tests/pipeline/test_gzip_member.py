import gzip
import io
import random
import zlib

from hypothesis import given
from hypothesis import strategies as st

from trunkline.pipeline.gzip_member import GzipMember


def member_of(pieces: list[bytes]) -> bytes:
    file = io.BytesIO()
    member = GzipMember(file)
    for piece in pieces:
        member.write(memoryview(piece))
    member.close()
    return file.getvalue()


def test_the_bytes_do_not_depend_on_how_the_text_was_handed_in() -> None:
    source = random.Random(7)
    text = b"".join(b'{"agentID":{"long":%d}}\n' % source.randrange(1000) for _ in range(300_000))
    assert len(text) > 2**22
    whole = member_of([text])
    for seed in range(5):
        cuts = sorted(random.Random(seed).randrange(len(text)) for _ in range(40))
        pieces = [text[first:last] for first, last in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        assert member_of(pieces) == whole
    assert gzip.decompress(whole) == text


@given(st.lists(st.binary(max_size=50), max_size=6))
def test_it_is_one_member_that_gives_the_text_back(pieces: list[bytes]) -> None:
    member = zlib.decompressobj(16 + zlib.MAX_WBITS)
    assert member.decompress(member_of(pieces)) == b"".join(pieces)
    assert member.eof
    assert not member.unused_data
