"""Lines of a conversation: who writes what."""

from collections.abc import Sequence
from random import Random
from typing import Any

from trunkline.events.conversations import (
    ConversationEvent,
    ConversationLine,
    ConversationScored,
    SecureFormUsed,
)
from trunkline.events.parts import FileData, LineType, LinkData
from trunkline.simulator.chance import pick
from trunkline.simulator.people import Agent
from trunkline.simulator.phrases import TYPED_ODDLY
from trunkline.simulator.shop import Page
from trunkline.simulator.track import Track
from trunkline.simulator.visitor import Visitor

ODD, ADDRESS, MARKUP, COMMENT, SCORED = 0.015, 0.03, 0.045, 0.06, 0.08
FORMS = (("f-card", "Your card"), ("f-address", "Your new address"))
FILES = (
    ("receipt.pdf", "PDF", "HOSTED_FILE"),
    ("broken cup ☕.jpg", "JPG", "IMG"),
    ("screen “1”.png", "PNG", "IMG"),
    ("😀.gif", "GIF", "IMG"),
    ("log (2).txt", "TXT", "HOSTED_FILE"),
)


class Talk:
    """One conversation. Every method writes at an instant (epoch ms) or just after what was written last."""

    def __init__(
        self,
        track: Track,
        draw: Random,
        visitor: Visitor,
        page: Page,
        conversation_id: str,
        dialog_id: str | None = None,
        **also: Any,
    ) -> None:
        self.id = conversation_id
        self.track = track
        self._draw = draw
        self._visitor = visitor
        self._page = page
        self._dialog = dialog_id
        self._also = also
        self._lines = 0
        self.phrases = visitor.phrases
        self._about = {
            "name": visitor.given,
            "agent": "",
            "item": page.title,
            "order": f"W-{draw.getrandbits(32):08X}",
        }

    def add(self, kind: type[ConversationEvent], instant: int, **said: Any) -> None:
        self.track.add(kind, instant, conversation_id=self.id, **self._also, **said)

    def visitor(self, instant: int, sentences: Sequence[str]) -> None:
        """A line of the visitor; some are scored at once."""
        draw = self._draw
        text = pick(draw, TYPED_ODDLY if draw.random() < ODD else sentences)
        number = self._line(
            instant, LineType.VISITOR, self._about_it(text), self._visitor.given, "0", "TEXT_PLAIN"
        )
        if draw.random() < SCORED:
            self.score(self.track.last + 200, number)

    def agent(self, instant: int, agent: Agent, sentences: Sequence[str]) -> None:
        """A line of the agent: text, now and then an address, marked-up text, or a comment for colleagues."""
        luck, text, way = self._draw.random(), "", "TEXT_PLAIN"
        kind = LineType.REP
        if luck < ADDRESS:
            kind, way, text = LineType.REP_URL, "LINK", self._page.url
        elif luck < MARKUP:
            kind, way = LineType.REP_HTML, "TEXT_HTML"
            text = f"<p>{self._about_it(pick(self._draw, sentences))} <b>&nbsp;→</b></p>"
        elif luck < COMMENT:
            kind, text = LineType.REP_COMMENT, pick(self._draw, self.phrases.notes)
        else:
            text = self._about_it(pick(self._draw, sentences))
        self._line(instant, kind, text, agent.nickname, str(agent.id), way)

    def control(self, instant: int, text: str, predefined: str) -> None:
        """A line of the system itself."""
        self._line(
            instant, LineType.CONTROL, self._about_it(text), "info", "0", "NA", control_type=predefined
        )

    def welcome(self, instant: int, agent: Agent) -> None:
        self._about["agent"] = agent.nickname
        self.control(instant, self.phrases.welcome, "4")

    def file(self, instant: int) -> None:
        """The visitor shows a file."""
        caption, kind, way = pick(self._draw, FILES)
        data = FileData(caption=caption, file_type=kind)
        self._line(instant, LineType.VISITOR, None, self._visitor.given, "0", way, file_data=data)

    def link(self, instant: int, agent: Agent) -> None:
        """The agent points to a file elsewhere."""
        data = LinkData(
            external_file_link=f"{self._page.url}/label.pdf", file_type="PDF", caption="label.pdf"
        )
        self._line(instant, LineType.REP, None, agent.nickname, str(agent.id), "LINK", link_data=data)

    def secure_form(self, instant: int, agent: Agent) -> None:
        """Within half a minute a form is sent, and mostly opened and submitted."""
        form, title = pick(self._draw, FORMS)
        said = {"form_id": form, "title": title, "agent_id": str(agent.id)}
        self.add(SecureFormUsed, instant, state="invited", **said)
        if self._draw.random() < 0.2:
            self.add(SecureFormUsed, self.track.last + 30_000, state="expired", **said)
            return
        self.add(SecureFormUsed, self.track.last + 6_000, state="opened", **said)
        self.add(SecureFormUsed, self.track.last + 15_000, state="submitted", **said)

    def score(self, instant: int, message_id: str | None = None) -> None:
        """The score of one message or of the whole conversation."""
        self.add(ConversationScored, instant, score=int(self._draw.random() * 101), message_id=message_id)

    def _about_it(self, text: str) -> str:
        return text.format_map(self._about) if "{" in text else text

    def _line(
        self, instant: int, kind: LineType, text: str | None, by: str, agent_id: str, way: str, **also: Any
    ) -> str:
        message_id = f"{self.id}-{self._lines}"
        self._lines += 1
        self.add(
            ConversationLine,
            instant,
            line_type=kind,
            text=text,
            by=by,
            agent_id=agent_id,
            content_format=way,
            message_id=message_id,
            dialog_id=self._dialog,
            **also,
        )
        return message_id
