"""What the audit trail is called on screens and in exports: one JSON file for each language beside this module.

Names, never meanings: what a file does not know is shown by its own name, so that nothing is hidden for want of a word.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from trunkline.platform.audit.entries import canonical

ENGLISH = "en-US"


@dataclass(frozen=True)
class Display:
    """The words of one language."""

    language: str
    words: dict[str, Any]

    def object_type(self, name: str) -> str:
        known = self.words["object types"].get(name)
        return str(known["name"]) if known else name

    def action(self, name: str) -> str:
        return str(self.words["actions"].get(name, name))

    def element(self, object_type: str, name: str) -> str:
        """An element of an object; that there is none has a word, too."""
        if not name:
            return str(self.words["no element"])
        known = self.words["object types"].get(object_type)
        return str(known["elements"].get(name, name)) if known else name

    def value(self, value: Any) -> str:
        """Empty where there is none; lists of plain values in brackets, everything deeper as JSON."""
        match value:
            case None:
                return ""
            case str():
                return value
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case {"secret": str(fingerprint)} if len(value) == 1:
                return str(self.words["secret"]).format(fingerprint=fingerprint)
            case list() if not any(isinstance(item, list | dict) for item in value):
                return f"[{', '.join(self.value(item) for item in value)}]"
        return canonical(value)


@cache
def display(language: str) -> Display:
    """The words of that language, those of another country's form of it, or English."""
    known = languages()
    primary = language.partition("-")[0].lower()
    alike = [name for name in known if name.partition("-")[0].lower() == primary]
    chosen = language if language in known else next(iter(alike), ENGLISH)
    return Display(chosen, json.loads((files(__name__) / f"{chosen}.json").read_text("utf-8")))


@cache
def languages() -> tuple[str, ...]:
    """Every language that there is, as `en-US`."""
    found = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in found if name.endswith(".json")))
