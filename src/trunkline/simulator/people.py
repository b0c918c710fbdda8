"""The people of a contact centre: who they are, what they can do, when they are used to work."""

from dataclasses import dataclass
from random import Random

from trunkline.simulator.chance import stream
from trunkline.simulator.names import FAMILY, GIVEN


@dataclass(frozen=True, slots=True)
class Group:
    """An agent group: same work, same region."""

    id: int
    name: str
    region: str
    skill: str
    slots: int
    """The most chats that a trained agent takes at one time."""
    handling_minutes: float
    """Mean length of a chat."""


SKILLS = {"general": 10, "sales": 11, "service": 12, "technical": 13}
"""Numbers of the skills."""
UNGROUPED = Group(-1, "", "", "general", slots=2, handling_minutes=9)
AGENT_PROFILE, LEAD_PROFILE = 1, 2
OFTEN_OFF = ((5, 6), (5, 6), (5, 6), (5, 6), (6, 0), (4, 5), (0, 1), (1, 2), (2, 3), (3, 4))
"""Pairs of days off, Monday is 0: four in ten work at weekends."""
PATTERNS = (
    ("day",),
    ("day",),
    ("late",),
    ("early", "late"),
    ("early", "late"),
    ("early", "day", "late"),
    ("early", "late", "night"),
    ("night",),
)
"""Shifts that follow each other from week to week."""


@dataclass(frozen=True, slots=True)
class Agent:
    """One person."""

    index: int
    id: int
    employee_id: str
    user_name: str
    nickname: str
    login_name: str
    group: Group
    skills: tuple[str, ...]
    profile_ids: tuple[int, ...]
    slots: int
    pattern: tuple[str, ...]
    pattern_offset: int
    days_off: tuple[int, int]
    part_time: bool


def hire(
    seed: int, account: str, domain: str, groups: tuple[Group, ...], number: int, first_id: int
) -> tuple[Agent, ...]:
    """The first `number` people of a centre. A larger centre has the same people and more."""
    return tuple(_person(seed, account, domain, groups, index, first_id + index) for index in range(number))


def _person(
    seed: int, account: str, domain: str, groups: tuple[Group, ...], index: int, agent_id: int
) -> Agent:
    draw = stream(seed, account, "person", index)
    given, latin_given = draw.choice(GIVEN)
    family, latin_family = draw.choice(FAMILY)
    group = UNGROUPED if draw.random() < 0.04 else draw.choice(groups)
    lead = draw.random() < 0.08
    return Agent(
        index=index,
        id=agent_id,
        employee_id="" if draw.random() < 0.05 else f"E{agent_id:06d}",
        user_name=f"{given} {family}",
        nickname=given,
        login_name=f"{latin_given}.{latin_family}.{index + 1}@{domain}",
        group=group,
        skills=_skills(draw, group, groups),
        profile_ids=(AGENT_PROFILE, LEAD_PROFILE) if lead else (AGENT_PROFILE,),
        slots=max(1, group.slots - (1 if draw.random() < 0.3 else 0)),
        pattern=draw.choice(PATTERNS),
        pattern_offset=draw.randrange(6),
        days_off=draw.choice(OFTEN_OFF),
        part_time=draw.random() < 0.2,
    )


def _skills(draw: Random, group: Group, groups: tuple[Group, ...]) -> tuple[str, ...]:
    second = draw.choice(groups).skill
    return (group.skill, second) if second != group.skill and draw.random() < 0.4 else (group.skill,)
