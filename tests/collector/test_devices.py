"""What user agents say of devices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.collector.devices import told_by

GECKO = "Gecko/20100101 Firefox/142.0"
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"


@pytest.mark.parametrize(
    ("user_agent", "system", "family"),
    [
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36", "WINDOWS", "DESKTOP"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Safari/537.36 Edg/141.0", "WINDOWS", "DESKTOP"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:142.0) {GECKO}", "WINDOWS", "DESKTOP"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) {CHROME} Edge/44", "WINDOWS", "NA"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} Safari/537.36", "MAC_OS", "DESKTOP"),
        (f"Mozilla/5.0 (X11; Linux x86_64) {CHROME} Safari/537.36", "LINUX", "DESKTOP"),
        (f"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:142.0) {GECKO}", "LINUX", "DESKTOP"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME} Safari/537.36", "NA", "DESKTOP"),
        (f"Mozilla/5.0 (X11; FreeBSD amd64; rv:142.0) {GECKO}", "NA", "DESKTOP"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Mobile Safari/537.36", "ANDROID", "MOBILE"),
        (f"Mozilla/5.0 (Linux; Android 10; K) {CHROME} Safari/537.36", "ANDROID", "TABLET"),
        ("Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0", "ANDROID", "MOBILE"),
        ("Mozilla/5.0 (Android 15; Tablet; rv:142.0) Gecko/142.0 Firefox/142.0", "ANDROID", "TABLET"),
        (f"Mozilla/5.0 (Linux; Android 9; BRAVIA 4K) {CHROME} Safari/537.36", "ANDROID", "NA"),
        ("Dalvik/2.1.0 (Linux; U; Android 9; ADT-2 Build/PTT5)", "ANDROID", "NA"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Mobile/15E148", "IOS", "MOBILE"),
        ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) Mobile/15E148", "IOS", "TABLET"),
        ("Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5", "NA", "MOBILE"),
        (
            "Mozilla/5.0 (Windows Phone 10.0; Android 6.0.1; Microsoft; Lumia 950) Mobile Edge/15",
            "NA",
            "MOBILE",
        ),
        ("Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 Chrome/94.0 Safari/537.36", "LINUX", "NA"),
        ("curl/8.14.1", "NA", "NA"),
        ("", "NA", "NA"),
    ],
)
def test_a_user_agent_tells_the_system_and_the_family_of_the_device(
    user_agent: str, system: str, family: str
) -> None:
    assert told_by(user_agent) == (system, family)


@given(st.text(max_size=1024))
def test_any_text_is_told_something(user_agent: str) -> None:
    told_by(user_agent)
