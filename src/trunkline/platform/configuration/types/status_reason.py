"""Status reasons: why an agent is away."""

from typing import Literal

from pydantic import Field

from trunkline.platform.actors import Permission
from trunkline.platform.configuration.fields import Element, Name
from trunkline.platform.configuration.object_types import ObjectType


class StatusReason(Element):
    text: Name
    state: Literal["AWAY", "BACK_SOON", "OCCUPIED"] = Field("AWAY", description="the state that it explains")
    enabled: bool = True


STATUS_REASON = ObjectType(
    name="statusReason",
    label="status reason",
    path="status-reasons",
    component="ACStatusReasonObject",
    schema=StatusReason,
    read=Permission.READ_STATUS_REASONS,
    write=Permission.STATUS_REASONS,
    summary=("text", "state", "enabled"),
    named_by="text",
)
