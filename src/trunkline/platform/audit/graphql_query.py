"""The published query: a GraphQL document with the one root field `auditData`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import DocumentNode, GraphQLError, execute_sync, parse, specified_rules, validate

from trunkline.platform.actors import Actor
from trunkline.platform.audit.graphql_limits import LIMITS, check_size
from trunkline.platform.audit.graphql_schema import SCHEMA, Asking
from trunkline.platform.refusals import Invalid


@dataclass
class Answer:
    """What was found, or what is wrong with the question."""

    body: dict[str, Any]
    total: int | None = None
    refused: bool = False


def answer(
    actor: Actor,
    account_id: str,
    query: str,
    variables: dict[str, Any] | None = None,
    operation: str | None = None,
) -> Answer:
    """Raises `NotFound` and `NotPermitted`; all else that is wrong is in the answer."""
    try:
        check_size(query)
        document = parse(query)
    except GraphQLError as error:
        return _refused([error])
    if errors := validate(SCHEMA, document, [*specified_rules, *LIMITS], max_errors=10):
        return _refused(errors)
    return _execute(Asking(actor, account_id), document, variables, operation)


def _execute(
    asking: Asking, document: DocumentNode, variables: dict[str, Any] | None, operation: str | None
) -> Answer:
    result = execute_sync(
        SCHEMA, document, context_value=asking, variable_values=variables, operation_name=operation
    )
    for error in result.errors or ():
        cause = error.original_error
        if cause is not None and not isinstance(cause, Invalid | GraphQLError):
            raise cause
    if result.errors:
        return _refused(result.errors)
    return Answer({"data": result.data}, asking.total)


def _refused(errors: Sequence[GraphQLError]) -> Answer:
    return Answer({"errors": [_formatted(error) for error in errors]}, refused=True)


def _formatted(error: GraphQLError) -> dict[str, Any]:
    shown = dict(error.formatted)
    if isinstance(error.original_error, Invalid):
        shown["extensions"] = {"reason": error.original_error.reason, "field": error.original_error.field}
    return shown
