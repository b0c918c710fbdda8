"""How far the pipeline is, from the newest run alone."""

from dataclasses import dataclass

from trunkline.pipeline.catalogue import Catalogue


@dataclass(frozen=True)
class Status:
    published_until: int
    """Files are complete up to here, epoch ms."""
    watermark: int
    lag: int
    """How far `published_until` is behind the clock, ms."""
    open_events: int
    """Events of sessions that are still open."""


def status(catalogue: Catalogue, kind: str, now: int) -> Status | None:
    """None where nothing has been published yet. `now`: epoch ms."""
    last = catalogue.last_run(kind)
    if last is None:
        return None
    return Status(last.end_hour, last.watermark, now - last.end_hour, last.counts.get("open", 0))
