from ipaddress import ip_network

from trunkline.forwarded import client_address, may_scrape

PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1/128")]


def test_without_a_trusted_proxy_the_header_is_not_believed() -> None:
    assert client_address("203.0.113.9", "198.51.100.1", PROXIES) == "203.0.113.9"


def test_a_trusted_proxy_names_the_caller() -> None:
    assert client_address("10.0.0.1", "198.51.100.1", PROXIES) == "198.51.100.1"


def test_what_the_caller_wrote_before_the_proxy_is_not_believed() -> None:
    assert client_address("10.0.0.1", "127.0.0.1, 198.51.100.1", PROXIES) == "198.51.100.1"


def test_a_chain_of_trusted_proxies_is_followed_to_its_end() -> None:
    assert client_address("::1", "198.51.100.1, 10.2.3.4", PROXIES) == "198.51.100.1"


def test_nonsense_in_the_header_ends_the_search() -> None:
    assert client_address("10.0.0.1", "unknown", PROXIES) == "10.0.0.1"
    assert client_address("10.0.0.1", "", PROXIES) == "10.0.0.1"


def test_measures_are_for_this_machine_and_trusted_networks() -> None:
    for peer in ("127.0.0.1", "127.8.8.8", "::1", "10.2.3.4"):
        assert may_scrape(peer, forwarded=False, trusted=PROXIES)
    for peer in ("203.0.113.9", "11.0.0.1", "", "unix"):
        assert not may_scrape(peer, forwarded=False, trusted=PROXIES)


def test_measures_are_for_nobody_behind_a_proxy() -> None:
    for peer in ("127.0.0.1", "::1", "10.2.3.4"):
        assert not may_scrape(peer, forwarded=True, trusted=PROXIES)
