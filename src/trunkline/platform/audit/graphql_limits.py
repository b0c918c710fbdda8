"""How large a query may be: asked of its tokens before it is parsed, and of its fields before it is answered."""

from typing import Any

from graphql import GraphQLError
from graphql.language import FieldNode, Lexer, Source, TokenKind
from graphql.validation import MaxIntrospectionDepthRule, ValidationContext, ValidationRule

MAX_TOKENS = 2000
MAX_DEPTH = 20
"""Of braces, brackets and parentheses in each other: the usual introspection query has eleven."""
MAX_FIELDS = 300

_OPEN = {TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L}
_CLOSE = {TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R}


def check_size(query: str) -> None:
    """Raises `GraphQLError`, also for what is no token."""
    lexer, depth = Lexer(Source(query)), 0
    for _ in range(MAX_TOKENS):
        kind = lexer.advance().kind
        if kind is TokenKind.EOF:
            return
        depth += (kind in _OPEN) - (kind in _CLOSE)
        if depth > MAX_DEPTH:
            raise GraphQLError(f"The query is nested deeper than {MAX_DEPTH} levels.")
    raise GraphQLError(f"The query has more than {MAX_TOKENS} tokens.")


class OneQuestionRule(ValidationRule):
    """Under one alias or another, `auditData` is asked once: `X-Total-Count` can tell of one only."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fields = self._questions = 0

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        self._fields += 1
        self._questions += node.name.value == "auditData"
        if self._questions == 2 and node.name.value == "auditData":
            self.report_error(GraphQLError("A query asks for auditData once.", node))
        if self._fields == MAX_FIELDS + 1:
            self.report_error(GraphQLError(f"A query selects at most {MAX_FIELDS} fields.", node))


LIMITS = (OneQuestionRule, MaxIntrospectionDepthRule)
