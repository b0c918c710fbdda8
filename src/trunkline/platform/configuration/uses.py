"""Who uses an object, to be told before it is deleted."""

from trunkline.platform.actors import Actor
from trunkline.platform.configuration.gate import AccountObjects
from trunkline.platform.configuration.models import ConfigurationObject
from trunkline.platform.configuration.object_types import ObjectType


def uses_of(actor: Actor, account_id: str, object_type: ObjectType, number: int) -> list[ConfigurationObject]:
    """The objects that name it, in order of id; none of them deleted."""
    actor.require(object_type.write, account_id)
    return AccountObjects(account_id).users_of(number)
