import pytest

from trunkline.client.retry import decide


@pytest.mark.parametrize(
    ("attempt", "status", "retry_after", "wait"),
    [
        (1, 500, None, 5),
        (2, 503, None, 10),
        (3, 502, None, 15),
        (4, 500, None, 120),
        (5, 500, None, 240),
        (6, 500, None, 480),
        (1, None, None, 5),  # no answer at all
        (4, None, None, 120),
        (1, 503, 30, 30),
        (3, 503, 1, 15),
        (1, 429, None, 1),
        (2, 429, None, 2),
        (1, 429, 7, 7),
        (1, 429, 0, 1),
        (1, 400, None, None),
        (1, 401, 5, None),
        (1, 403, None, None),
        (1, 404, None, None),
        (1, 416, None, None),
        (1, 302, None, None),
    ],
)
def test_waits_are_those_of_the_published_policy(attempt, status, retry_after, wait):
    assert decide(attempt, status, retry_after=retry_after, patience=1e9) == wait


def test_a_wait_beyond_what_is_left_of_the_patience_is_not_begun():
    assert decide(1, 503, patience=5) == 5
    assert decide(1, 503, patience=4.9) is None
    assert decide(1, 429, retry_after=3600, patience=60) is None
    assert decide(1, None, patience=0) is None
