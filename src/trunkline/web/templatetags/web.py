"""Tags of the shared templates."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from trunkline.web import assets

register = template.Library()


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file."""
    return assets.address(name)


@register.simple_tag
def icon(name: str, more: str = "") -> SafeString:
    """A picture that says nothing that is not also said in words."""
    return format_html(
        '<svg class="icon {}" width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2"'
        ' stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        more,
        assets.address("icons.svg"),
        name,
    )


@register.simple_tag(takes_context=True)
def query(context: Any, **changes: Any) -> str:
    """The query of this page with some parameters changed; `None` takes one out."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"


@register.simple_tag
def instant(milliseconds: int, zone: ZoneInfo) -> SafeString:
    """An instant in the account's own time."""
    at = datetime.fromtimestamp(milliseconds / 1000, zone)
    return format_html(
        '<time datetime="{}">{}</time>',
        at.isoformat(timespec="milliseconds"),
        f"{at:%d %b %Y, %H:%M:%S}".lstrip("0"),
    )
