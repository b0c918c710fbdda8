"""Where visitors are and what they use. Addresses are those set aside for documentation."""

from typing import NamedTuple

from trunkline.events.parts import Device, OperatingSystem


class Place(NamedTuple):
    """A town, and the language that is spoken there."""

    country: str
    country_code: str
    state: str
    city: str
    language: str


class Browser(NamedTuple):
    """A browser on a device."""

    user_agent: str
    system: OperatingSystem
    device: Device


PLACES = (
    Place("Netherlands", "NL", "Noord-Holland", "Amsterdam", "nl"),
    Place("Netherlands", "NL", "Zuid-Holland", "’s-Gravenhage", "nl"),
    Place("Belgium", "BE", "Vlaanderen", "Gent", "nl"),
    Place("Germany", "DE", "Nordrhein-Westfalen", "Köln", "de"),
    Place("Germany", "DE", "Bayern", "München", "de"),
    Place("Austria", "AT", "Wien", "Wien", "de"),
    Place("Spain", "ES", "Cataluña", "Barcelona", "es"),
    Place("Mexico", "MX", "Ciudad de México", "Coyoacán", "es"),
    Place("United Kingdom", "GB", "England", "Stratford-upon-Avon", "en"),
    Place("Ireland", "IE", "Leinster", "Dún Laoghaire", "en"),
    Place("United States", "US", "New York", "Brooklyn", "en"),
    Place("United States", "US", "Hawaiʻi", "Hāna", "en"),
    Place("New Zealand", "NZ", "Waikato", "Whangamatā", "en"),
    Place("Japan", "JP", "東京都", "渋谷区", "ja"),
    Place("Japan", "JP", "大阪府", "堺市", "ja"),
    Place("Egypt", "EG", "القاهرة", "مصر الجديدة", "ar"),
    Place("Jordan", "JO", "عمّان", "عمّان", "ar"),
)
PROVIDERS = (
    ("Polder Fibre", "Polder Fibre BV"),
    ("Rheinnetz", "Rheinnetz GmbH & Co. KG"),
    ("Costa Cable", "Costa Cable, S.A."),
    ("Harbour Mobile", "Harbour Mobile plc"),
    ("光ネット", "光ネット株式会社"),
    ("Campus network", "University of the “Two Rivers”"),
)
NETWORKS = ("192.0.2.", "198.51.100.", "203.0.113.")
BROWSERS = (
    Browser(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
        OperatingSystem.WINDOWS,
        Device.DESKTOP,
    ),
    Browser(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
        OperatingSystem.WINDOWS,
        Device.DESKTOP,
    ),
    Browser(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15",
        OperatingSystem.MAC_OS,
        Device.DESKTOP,
    ),
    Browser(
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
        OperatingSystem.LINUX,
        Device.DESKTOP,
    ),
    Browser(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1",
        OperatingSystem.IOS,
        Device.MOBILE,
    ),
    Browser(
        "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Safari/604.1",
        OperatingSystem.IOS,
        Device.TABLET,
    ),
    Browser(
        "Mozilla/5.0 (Linux; Android 16; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36",
        OperatingSystem.ANDROID,
        Device.MOBILE,
    ),
    Browser(
        "Mozilla/5.0 (Linux; Android 15; Tab) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
        OperatingSystem.ANDROID,
        Device.TABLET,
    ),
    Browser("curl/8.17 (a \\ “script”\t☂)", OperatingSystem.NA, Device.NA),
)
