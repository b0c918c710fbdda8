"""Whether a request that changes something comes from our own page (CSRF). Pure.

Three independent signs: where the browser says that it comes from, from which site, and a token that only our page knows.
"""

import hmac


def is_own(token: str, expected: str) -> bool:
    return hmac.compare_digest(token.encode(), expected.encode())


def comes_from(own_origin: str, *, origin: str, fetch_site: str) -> bool:
    """True if the browser says that it comes from a page of `own_origin`. A browser that says nothing is not believed.

    `origin` and `fetch_site` are the headers Origin and Sec-Fetch-Site, empty where there are none.
    """
    if not origin and not fetch_site:
        return False
    return origin in ("", own_origin) and fetch_site in ("", "same-origin")
