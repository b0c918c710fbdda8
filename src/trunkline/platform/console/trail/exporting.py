"""What a page of the trail shows, all of it, as a file."""

from collections.abc import Iterator

from django.http.response import HttpResponseBase

from trunkline.platform.audit.csv_export import export_csv
from trunkline.platform.audit.lines import MAX_ENTRIES, Export, export_lines
from trunkline.platform.audit.stream import Blocks, StreamedAnswer
from trunkline.platform.console.signed_in import SignedIn, page
from trunkline.platform.console.trail.asking import question


@page
def csv(who: SignedIn) -> HttpResponseBase:
    asked = question(who.request.GET.dict(), who.account.time_zone)
    blocks = export_csv(who.actor, who.account.id, asked)
    return StreamedAnswer(
        Blocks(blocks),
        as_attachment=True,
        filename=f"audit-trail-{who.account.id}.csv",
        content_type="text/csv; charset=utf-8",
    )


@page
def lines(who: SignedIn) -> HttpResponseBase:
    filter = question(who.request.GET.dict(), who.account.time_zone).filter

    def export(after: int) -> Export:
        return export_lines(who.actor, who.account.id, filter, after=after, limit=MAX_ENTRIES)

    def text(found: Export) -> Iterator[bytes]:
        while found.entries:
            yield from found.text
            found = export(found.cursor)

    return StreamedAnswer(
        Blocks(text(export(0))),
        as_attachment=True,
        filename=f"audit-trail-{who.account.id}.jsonl",
        content_type="application/x-ndjson",
    )
