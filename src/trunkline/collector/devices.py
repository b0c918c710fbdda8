"""What a user agent says of the visitor's device. What it does not say is NA, never a guess.

An iPad that asks for desktop pages calls itself a Macintosh, and is believed.
"""

import re
from typing import NamedTuple

from trunkline.events.parts import Device, OperatingSystem


class Told(NamedTuple):
    os: OperatingSystem
    family: Device


_RULES = (
    # What names another system for the sake of old pages comes first.
    (r"Windows Phone", OperatingSystem.NA, Device.MOBILE),
    (r"Xbox", OperatingSystem.WINDOWS, Device.NA),
    (r"Android.*\bTV\b|BRAVIA|AFT[A-Z]", OperatingSystem.ANDROID, Device.NA),
    (r"iPad", OperatingSystem.IOS, Device.TABLET),
    (r"iPhone|iPod", OperatingSystem.IOS, Device.MOBILE),
    (r"Android.*\bMobile\b", OperatingSystem.ANDROID, Device.MOBILE),
    (r"Android.*\bTablet\b", OperatingSystem.ANDROID, Device.TABLET),
    # Chrome and WebView on Android say Mobile on telephones only.
    (r"Android.*\b(Chrome|Version)/", OperatingSystem.ANDROID, Device.TABLET),
    (r"Android", OperatingSystem.ANDROID, Device.NA),
    (r"Windows NT", OperatingSystem.WINDOWS, Device.DESKTOP),
    (r"Macintosh", OperatingSystem.MAC_OS, Device.DESKTOP),
    (r"X11;.*Linux", OperatingSystem.LINUX, Device.DESKTOP),
    (r"X11;", OperatingSystem.NA, Device.DESKTOP),
    (r"Linux", OperatingSystem.LINUX, Device.NA),
    (r"\bMobile\b", OperatingSystem.NA, Device.MOBILE),
)
_COMPILED = tuple((re.compile(pattern), Told(system, family)) for pattern, system, family in _RULES)


def told_by(user_agent: str) -> Told:
    """The first rule that applies."""
    for pattern, told in _COMPILED:
        if pattern.search(user_agent):
            return told
    return Told(OperatingSystem.NA, Device.NA)
