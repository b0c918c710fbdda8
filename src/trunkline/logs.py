"""Structured logs: one JSON object (or one readable line) per event, on standard error."""

import logging
import sys

import structlog

SECRET_NAMES = frozenset(
    {"authorization", "password", "secret", "token", "access_token", "token_secret", "cookie"}
)


def configure(log_format: str, level: str) -> None:
    """Set up structlog for this process; the standard library's loggers go the same way."""
    threshold = getattr(logging, level.upper(), logging.INFO)
    console = log_format == "console"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _mask_secrets,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
        if console
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    foreign: list[structlog.typing.Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        renderer,
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=foreign, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=threshold, force=True)


def _mask_secrets(
    _logger: object, _method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """A last net: what carries the name of a secret is never printed, whoever logged it."""
    for name in event:
        if name.lower() in SECRET_NAMES:
            event[name] = "***"
    return event
