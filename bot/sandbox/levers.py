"""What may a test or a demo do to the sandbox? It moves people, breaks things, and looks at what happened."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from bot.sandbox.bot_handles import BotEvent
from bot.sandbox.courier import Delivery
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.kf_servicers import KfServicers
from bot.sandbox.parts import Parts
from bot.sandbox.people import Clicked, Said
from bot.sandbox.pressing import Choices
from bot.sandbox.world import Call, Chat, Drop

T = TypeVar("T")


class Levers(Parts):
    """The controls of `POST /_...` as methods."""

    def group(self, chat_id: str | None = None) -> Chat:
        """The group with this chatid; None: the first one. Raises LookupError."""
        chat = self.world.group(next(iter(self.config.groups), "") if chat_id is None else chat_id)
        if chat is None:
            raise LookupError(f"no group {chat_id}")
        return chat

    def member(self, userid: str) -> Chat:
        """A member's chat with the self-built app."""
        return self.world.app_chat(userid)

    def bot_chat(self, userid: str) -> Chat:
        """A member's single chat with the 智能机器人."""
        return self.world.single_chat(userid)

    def customer(self, external_userid: str) -> Chat:
        """A customer's chat with 微信客服."""
        return self.world.customer_chat(external_userid)

    @property
    def drops(self) -> Sequence[Drop]:
        return self.world.drops

    @property
    def calls(self) -> Sequence[Call]:
        return self.world.calls

    @property
    def callbacks(self) -> Sequence[Delivery]:
        return self.courier.deliveries

    @property
    def bot_events(self) -> Sequence[BotEvent]:
        return self.bot_api.handles.events

    async def say(self, userid: str, text: str, chat: str | None = None) -> Said:
        """Speak as a member: in a group (its chatid), to the bot alone (None) or to the app ("app").

        Returns once the app has answered its callback or WeCom has given up. Raises Misuse.
        """
        said = await self.people.say(userid, text, chat)
        if said.delivery:
            await self.courier.settled(said.delivery)
        return said

    def customer_says(self, external_userid: str, text: str, open_kfid: str = "") -> None:
        """Write to 微信客服 as a customer; the app is told in the background. Raises Misuse."""
        self.people.customer_says(external_userid, text, open_kfid)

    @property
    def servicers(self) -> KfServicers:
        """The people behind 微信客服: pick, say, end ..."""
        return self.people.servicers

    async def click(
        self,
        userid: str,
        target: str,
        button: str,
        selected: Choices | None = None,
        *,
        wait: bool = True,
    ) -> Clicked:
        """Press a button (text or key) on the card with this task_id or message id. Raises Misuse.

        With `wait`, a click on the app's card returns once its callback is answered or lost.
        """
        clicked = await self.people.click(userid, target, button, selected)
        if wait and clicked.delivery:
            await self.courier.settled(clicked.delivery)
        return clicked

    def confirm(self, userid: str, msgid: str, results: Mapping[str, int] | None = None) -> None:
        """Confirm a mass message as the employee; `results`: 1 sent, 2 not a friend, 3 capped. Raises Misuse."""
        self.mass.confirm(userid, msgid, results)

    def befriend(self, userid: str, external_userid: str, state: str = "") -> str:
        """Let a customer and an employee add each other; the app is told. Return the welcome_code. Raises Misuse."""
        return self.friends.add(userid, external_userid, state)

    def unfriend(self, userid: str, external_userid: str) -> None:
        """Let a customer delete an employee; the app is told. Raises Misuse."""
        self.friends.lose(userid, external_userid)

    def leaves(self, userid: str) -> None:
        """Delete a member from the directory; the app is told. Raises Misuse."""
        self.staff.leaves(userid)

    def greet(self) -> None:
        """Let the bot into every group, as though somebody had said hello before the story began."""
        for chat_id in self.config.groups:
            self.people.greet(self.group(chat_id))

    def fault(
        self,
        path: str,
        fault: str | int,
        *,
        times: int | None = None,
        probability: float = 1.0,
        seconds: float = 6.0,
        userids: Sequence[str] = (),
        fail_type: int = 0,
    ) -> None:
        """Put a fault on the menu, as POST /_faults does; an integer is an errcode."""
        kind = FaultKind.ERRCODE if isinstance(fault, int) else FaultKind(fault)
        self.faults.add(
            Fault(
                path=path,
                kind=kind,
                errcode=fault if isinstance(fault, int) else 0,
                times=times,
                probability=probability,
                seconds=seconds,
                userids=tuple(userids),
                fail_type=fail_type,
            )
        )

    def clear_faults(self) -> None:
        self.faults.clear()

    def drop_socket(self) -> bool:
        """Break the bot's connection; False when there is none."""
        return self.hub.drop()

    def silence_socket(self) -> bool:
        """Let the bot's connection hang: it takes frames and answers none; False when there is none."""
        return self.hub.silence()

    def kick_bot(self) -> bool:
        """Put another subscriber in the bot's place, as it looks from here; False when there is none."""
        return self.hub.kick()

    def close_socket(self) -> bool:
        """Close the bot's connection cleanly; False when there is none."""
        return self.hub.hang_up()

    def invalidate_tokens(self) -> int:
        """Make every access_token bad before its time (40014). Return how many there were."""
        return self.tokens.invalidate()

    async def set_callback(self, url: str | None) -> bool:
        """Give the app a callback URL and verify it once; True when it can decrypt."""
        self.world.callback_url = url
        return await self.courier.verify()

    async def until(self, look: Callable[[], T | None], *, seconds: float = 10) -> T:
        """Wait until `look` finds something true; it is asked after each change. Raises TimeoutError."""
        return await self.world.changes.until(look, seconds=seconds)
