"""The rules for what pages send, whatever the numbers."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.clock import DAY_MS, HOUR_MS, MINUTE_MS, Clock
from trunkline.collector.decode import Batch
from trunkline.collector.from_browsers import admitted, correct
from trunkline.collector.origins import read_origin
from trunkline.collector.quota import Quota
from trunkline.collector.sender import Browser, neighbourhood
from trunkline.events.visits import PageViewed

NOW = 1795248000000
DELAY = st.integers(0, 3000)
AGES = st.lists(st.integers(0, 72 * HOUR_MS), min_size=1, max_size=5)


def timestamps(instants: list[int], sent_at: int | None, received_at: int, clock: Clock) -> list[int]:
    events = [PageViewed(event_id="p", timestamp=instant, visitor_id="v", url="/") for instant in instants]
    batch = Batch(range(len(events)), list(events), [])
    browser = Browser("203.0.113.9", None, sent_at)
    return [event.timestamp for event in admitted(batch, browser, received_at, clock).events]


@given(st.integers(-DAY_MS + 3000, DAY_MS), AGES, DELAY)
def test_a_wrong_clock_is_set_right_within_five_seconds_and_the_time_between_events_stays(wrong, ages, delay):
    sent_at = NOW + wrong
    made = timestamps([sent_at - age for age in ages], sent_at, NOW + delay, Clock())
    assert [made[0] - instant for instant in made] == [age - ages[0] for age in ages]
    assert abs(made[0] + ages[0] - (NOW + delay)) <= 5000


@given(AGES, st.integers(-2000, 2000), DELAY)
def test_a_good_clock_is_left_alone_so_that_an_event_sent_again_is_the_same(ages, wrong, delay):
    instants = [NOW - age for age in ages]
    for later in (0, MINUTE_MS, HOUR_MS):
        assert timestamps(instants, NOW + later - wrong, NOW + later + delay, Clock()) == instants


@given(st.integers(-(2**63), 2**63 - 1), st.none() | st.integers(-(2**70), 2**70), st.sampled_from([1, 3600]))
def test_any_instants_are_taken_as_they_come_or_set_right_by_at_most_a_day(instant, sent_at, speed):
    clock = Clock(speed=speed, origin=NOW)
    (made,) = timestamps([instant], sent_at, NOW, clock)
    assert made == instant or clock.at(instant - DAY_MS) <= made <= clock.at(instant + DAY_MS)


@given(st.integers(0, 48 * HOUR_MS), st.integers(0, HOUR_MS))
def test_a_fast_clock_shows_a_page_at_the_time_it_was_received(real, age):
    clock = Clock(speed=60, origin=NOW)
    sent_at = NOW + real
    for delay in (0, 3000):
        (made,) = timestamps([sent_at - age], sent_at, sent_at + delay, clock)
        assert made == clock.at(sent_at - age)


def test_a_clock_that_is_wrong_by_more_than_a_day_is_not_believed_at_all():
    assert correct(DAY_MS) == DAY_MS and correct(DAY_MS + 1) == 0 and correct(-DAY_MS - 1) == 0


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://shop.example", "https://shop.example"),
        (" HTTPS://Shop.Example:443 ", "https://shop.example"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://xn--bcher-kva.example:8443", "https://xn--bcher-kva.example:8443"),
        ("https://127.0.0.1:8445", "https://127.0.0.1:8445"),
        ("https://[2001:db8::1]:8445", "https://[2001:db8::1]:8445"),
    ],
)
def test_an_origin_is_read_as_browsers_write_it(written, read):
    assert read_origin(written) == read == read_origin(read)


@pytest.mark.parametrize(
    "written",
    [
        "", "*", "null", "shop.example", "https://", "https://*.shop.example", "https://shop.example/",
        "https://shop.example/tea", "https://user@shop.example", "https://shop.example:0", "https://shop.example:99999",
        "https://shop.example:08", "ftp://shop.example", "https://shop..example", "https://-shop.example",
        "https://bücher.example", "https://shop.example\nhttps://evil.example", "https://" + "a." * 130 + "example",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(written):
    with pytest.raises(ValueError, match="is no origin; expected"):
        read_origin(written)


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_all_of_a_64_bit_network_share_a_limit(address, host):
    network = ip_network((int(address) >> 64 << 64, 64))
    neighbour = network[host]
    if address.ipv4_mapped or ip_address(neighbour).ipv4_mapped:
        return
    assert neighbourhood(str(address)) == neighbourhood(str(neighbour))


@given(st.lists(st.ip_addresses(v=4), min_size=2, max_size=2, unique=True))
def test_two_addresses_of_ipv4_do_not_share_a_limit_however_they_are_written(pair):
    one, other = (neighbourhood(str(address)) for address in pair)
    assert one != other and neighbourhood(f"::ffff:{pair[0]}") == one


def test_limits_take_no_more_memory_whatever_the_number_of_senders():
    quota = Quota(rate=1, burst=10, most=100)
    for number in range(5000):
        quota.take(f"10.0.{number // 250}.{number % 250}", 1)
    assert len(quota._buckets) <= 100
