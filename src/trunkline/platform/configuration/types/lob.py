"""Lines of business."""

from trunkline.platform.actors import Permission
from trunkline.platform.configuration.fields import Element, Name, Text
from trunkline.platform.configuration.object_types import ObjectType


class Lob(Element):
    name: Name
    description: Text = ""


LOB = ObjectType(
    name="lob",
    label="line of business",
    path="lobs",
    component="ACLobObject",
    schema=Lob,
    read=Permission.READ_LOBS,
    write=Permission.LOBS,
    summary=("name",),
)
