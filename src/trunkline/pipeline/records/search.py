"""Search engines: told from the address that a visitor came from."""

from urllib.parse import parse_qs, urlsplit

import polars as pl

_ENGINES = {
    "google": "q",
    "bing": "q",
    "duckduckgo": "q",
    "ecosia": "q",
    "yahoo": "p",
    "baidu": "wd",
    "yandex": "text",
}
"""Name of the engine, as it stands in its host → the parameter that holds the words."""
_HOST = rf"^https?://(?:[a-z0-9-]+\.)*({'|'.join(_ENGINES)})\.[a-z.]+(?:[:/?]|$)"


def with_search(info: pl.DataFrame, pages: pl.DataFrame) -> pl.DataFrame:
    """`info` (session, info) with `searchEngine` and `searchEngineKey`: as sent, or as the first page's referrer tells."""
    first = pages.group_by("session", maintain_order=True).agg(referrer=pl.col("referrerUrl").first())
    found = info.join(first, on="session", how="left", maintain_order="left")
    words = _words(found["referrer"].filter(found["referrer"].str.contains(_HOST)).unique())
    return found.with_columns(
        searchEngine=pl.coalesce(_sent("searchEngine"), pl.col("referrer").str.extract(_HOST)),
        searchEngineKey=pl.coalesce(
            _sent("searchEngineKey"),
            pl.col("referrer").replace_strict(words, default=None, return_dtype=pl.String),
        ),
    ).drop("referrer")


def _sent(member: str) -> pl.Expr:
    return pl.col("info").struct.field(member)


def _words(referrers: pl.Series) -> dict[str, str | None]:
    """The words searched for, by referrer: few, since few visits begin at a search engine that still tells."""
    return {referrer: search_words(referrer) for referrer in referrers.drop_nulls()}


def search_words(referrer: str) -> str | None:
    """What was searched for, if the address of the search engine tells. Any text may be given."""
    try:
        parts = urlsplit(referrer)
        engine = next((name for name in _ENGINES if name in (parts.hostname or "").split(".")), None)
        found = parse_qs(parts.query).get(_ENGINES[engine]) if engine else None
    except ValueError:
        return None
    return found[0] if found else None
