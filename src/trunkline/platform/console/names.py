"""What the account's objects are called, as far as an actor may know."""

from trunkline.platform.actors import Actor
from trunkline.platform.configuration.objects import list_objects
from trunkline.platform.configuration.registry import BY_NAME


class Names:
    """Asked of the database once for each type."""

    def __init__(self, actor: Actor, account_id: str) -> None:
        self._actor = actor
        self._account_id = account_id
        self._known: dict[str, dict[int, str] | None] = {}

    def of(self, type_name: str) -> dict[int, str] | None:
        """Names by id, in order of name; None for a type that the actor may not read."""
        if type_name not in self._known:
            self._known[type_name] = self._ask(type_name)
        return self._known[type_name]

    def say(self, type_name: str, number: int) -> str:
        return (self.of(type_name) or {}).get(number, str(number))

    def say_with_id(self, type_name: str, number: int) -> str:
        """Names change and are given again; ids do not."""
        name = (self.of(type_name) or {}).get(number)
        return str(number) if name is None else f"{name} ({number})"

    def _ask(self, type_name: str) -> dict[int, str] | None:
        object_type = BY_NAME[type_name]
        if not self._actor.may(object_type.read, self._account_id):
            return None
        rows = list_objects(self._actor, self._account_id, object_type).objects
        return {row.number: row.name for row in sorted(rows, key=lambda row: row.name_key)}
