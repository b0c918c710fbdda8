"""Why a signed request is refused, in the words of the OAuth problem reporting extension."""

from urllib.parse import urlencode


class SignatureProblem(Exception):
    """The request is not proven to come from the holder of a key.

    `problem` is one of: parameter_absent, parameter_rejected, version_rejected, signature_method_rejected,
    timestamp_refused, token_rejected, signature_invalid, nonce_used, body_hash_rejected.
    """

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice

    @property
    def reason(self) -> str:
        """The form in which the published APIs report it."""
        return urlencode({"oauth_problem": self.problem, "oauth_problem_advice": self.advice})
