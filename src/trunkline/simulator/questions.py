"""Surveys: what visitors and agents are asked, and what they answer."""

from random import Random
from typing import Any

from trunkline.events.parts import SurveyAnswer
from trunkline.events.surveys import SurveyAnswered, SurveyShown, SurveyType
from trunkline.simulator.chance import pick
from trunkline.simulator.track import Track

CHOICE, FREE_TEXT = 2, 4
THRESHOLD = 4.0
"""The least answer to a question about satisfaction that counts as satisfied."""
NO_THRESHOLD = -1.0
NAMES = {
    SurveyType.PRE_CHAT: "Before we start",
    SurveyType.EXIT: "How was it?",
    SurveyType.AGENT: "Wrap-up",
    SurveyType.OFFLINE: "Leave a message",
}
TOPICS = ("Delivery", "Returns", "Payment", "Something else…")
REMARKS = (
    "",
    "Very quick, thank you!",
    "Had to wait too long 😠",
    "Alles prima – gerne wieder",
    '"So-so", as they say',
)
OUTCOMES = ("solved", "call back promised", "handed over", "spam")


def show(track: Track, kind: SurveyType, instant: int, **of: Any) -> None:
    """`of`: the conversation, where there is one."""
    track.add(SurveyShown, instant, survey_id=500 + kind, survey_type=kind, **of)


def answer(track: Track, kind: SurveyType, instant: int, draw: Random, **of: Any) -> None:
    track.add(
        SurveyAnswered,
        instant,
        survey_id=500 + kind,
        survey_type=kind,
        survey_name=NAMES[kind],
        answers=ANSWERS[kind](draw),
        **of,
    )


def _before(draw: Random) -> list[SurveyAnswer]:
    return [_chosen("What is it about?", pick(draw, TOPICS))]


def _after(draw: Random) -> list[SurveyAnswer]:
    satisfaction = str(5 - int(draw.random() ** 2 * 5))
    asked = SurveyAnswer(
        question="How satisfied are you, from 1 to 5?",
        answer=satisfaction,
        answer_type=CHOICE,
        csat_threshold=THRESHOLD,
    )
    return [asked, _written("Anything else?", pick(draw, REMARKS))]


def _by_agent(draw: Random) -> list[SurveyAnswer]:
    return [_chosen("Outcome", pick(draw, OUTCOMES)), _chosen("Topic", pick(draw, TOPICS))]


def _message(draw: Random) -> list[SurveyAnswer]:
    return [_chosen("What is it about?", pick(draw, TOPICS)), _written("Your message", pick(draw, REMARKS))]


ANSWERS = {
    SurveyType.PRE_CHAT: _before,
    SurveyType.EXIT: _after,
    SurveyType.AGENT: _by_agent,
    SurveyType.OFFLINE: _message,
}


def _chosen(question: str, answer: str) -> SurveyAnswer:
    return SurveyAnswer(question=question, answer=answer, answer_type=CHOICE, csat_threshold=NO_THRESHOLD)


def _written(question: str, answer: str) -> SurveyAnswer:
    return SurveyAnswer(question=question, answer=answer, answer_type=FREE_TEXT, csat_threshold=NO_THRESHOLD)
