"""Who carries a letter, and what does the other side's answer mean for it?"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from bot.channels import masses, pictures
from bot.channels.pauses import Pauses
from bot.clock import Clock, stopwatch
from bot.metrics import Metrics
from bot.wecom.answers import Answer, NoAnswerError, NoTokenError, NotSentError, meaning_of
from bot.wecom.client import RECALL_MESSAGE, SEND_KF, SEND_MESSAGE, UPDATE_CARD, WecomClient
from bot.wecom.codes import Upshot
from bot.wecom.kf import Kf
from bot.wecom.socket import BotSocket
from bot.wecom.webhook import Webhooks
from handlers.addressing import group_addressed
from handlers.delivery import Receipt
from handlers.outbox import EXPIRED, SHARED_BY, Letter, LetterKind, Medium
from rules.delivery import Guarantee, Outcome
from rules.events import UserId

ATTEMPT_SECONDS = 12
"""A token may have to be fetched, the call made, and both again. The lease of a letter must outlast it."""

BY_BOT = frozenset({Medium.GROUP, Medium.SINGLE, Medium.REPLY})
TOO_OFTEN, TOO_MANY_AT_ONCE = frozenset({45009, 846607}), 45033
"""Blocked until a window ends; and not so many side by side (pages 90313 and 101463)."""

log = structlog.get_logger("couriers")


class Courier(Protocol):
    """One way out."""

    @property
    def media(self) -> frozenset[Medium]:
        """What can be carried at this moment."""
        ...

    async def call(self, letter: Letter) -> Answer:
        """Hand the letter over. Raises NoAnswerError or NotSentError."""
        ...


class AppCourier:
    """The self-built app: to members, and by 微信客服 and 企业群发 to customers."""

    def __init__(self, client: WecomClient, kf: Kf) -> None:
        self._client = client
        self._kf = kf
        self.media = frozenset({Medium.APP, Medium.KF, Medium.MASS})

    async def call(self, letter: Letter) -> Answer:
        if letter.medium is Medium.MASS:
            return await masses.call(self._client, letter)
        if letter.kind is LetterKind.PICTURE:
            return await pictures.by_app(self._client, letter)
        return await self._client.call(_path(letter), letter.payload or b"")

    async def explained(self, letter: Letter, answer: Answer, receipt: Receipt) -> Receipt:
        """The receipt, with what a refusal means for the customer's conversation."""
        if letter.medium is not Medium.KF or receipt.outcome is not Outcome.REFUSED:
            return receipt
        customer = letter.content["open_kfid"], letter.content["external_userid"]
        refusal = await self._kf.refusal(answer, *customer)
        return replace(receipt, shut=refusal.shut, note=refusal.said or receipt.note)


def _path(letter: Letter) -> str:
    """The call that carries a letter by the app."""
    if letter.medium is Medium.MASS:
        return masses.path_of(letter)
    return SEND_KF if letter.medium is Medium.KF else _PATHS.get(letter.kind, SEND_MESSAGE)


_PATHS = {LetterKind.FACE: UPDATE_CARD, LetterKind.REFRESH: UPDATE_CARD, LetterKind.RECALL: RECALL_MESSAGE}


class BotCourier:
    """The bot's socket: into groups, to members, and in answer to frames."""

    def __init__(self, socket: BotSocket) -> None:
        self._socket = socket

    @property
    def media(self) -> frozenset[Medium]:
        return BY_BOT if self._socket.subscribed else frozenset()

    async def call(self, letter: Letter) -> Answer:
        if letter.kind is LetterKind.PICTURE:
            return await pictures.by_bot(self._socket, letter)
        handle = letter.content.get("reply_to") if letter.medium is Medium.REPLY else None
        return await self._socket.send(_command(letter), letter.payload or b"", handle)


class WebhookCourier:
    """Into groups, each by its own webhook."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks
        self.media = frozenset({Medium.WEBHOOK})

    async def call(self, letter: Letter) -> Answer:
        return await self._webhooks.send(group_addressed(letter.to), letter.payload or b"")


def _command(letter: Letter) -> str:
    """Page 101463."""
    if letter.medium is not Medium.REPLY:
        return "aibot_send_msg"
    if letter.kind is LetterKind.FACE:
        return "aibot_respond_update_msg"
    return "aibot_respond_welcome_msg" if letter.content.get("welcome") else "aibot_respond_msg"


def _may_wait(letter: Letter) -> bool:
    """Whether there is time until the operator has mended something; the agent who sends a reply is told at once."""
    return letter.kind is not LetterKind.CUSTOMER


def _without_token(error: NoTokenError, letter: Letter) -> Receipt:
    """What came of a letter that was not sent because WeCom gives no token."""
    meaning = meaning_of(error.answer, attempts=1, may_wait=_may_wait(letter))
    return Receipt(outcome=meaning.outcome, note=str(error), retry_after=meaning.retry_after)


class PostOffice:
    """All couriers of one process."""

    def __init__(
        self,
        app: AppCourier | None,
        bot: BotCourier | None,
        webhook: WebhookCourier | None,
        pauses: Pauses,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._app = app
        self._bot = bot
        self._webhook = webhook
        self._pauses = pauses
        self._clock = clock
        self._metrics = metrics

    @property
    def media(self) -> frozenset[Medium]:
        """What can be carried at this moment."""
        couriers = (self._app, self._bot, self._webhook)
        return frozenset[Medium]().union(*(courier.media for courier in couriers if courier))

    async def deliver(self, letter: Letter) -> Receipt:
        """One attempt."""
        passed = stopwatch()
        receipt, code = await self._attempt(letter)
        self._metrics.letters.labels(letter.medium, letter.kind, receipt.outcome).inc()
        self._metrics.answer_codes.labels(letter.medium, code).inc()
        log.info(
            "letter.attempted",
            letter=letter.id,
            case=letter.case,
            kind=letter.kind,
            medium=letter.medium,
            attempt=letter.attempts,
            outcome=receipt.outcome,
            code=code,
            ms=passed(),
        )
        return receipt

    async def _attempt(self, letter: Letter) -> tuple[Receipt, str]:
        courier = self._courier_for(letter)
        if courier is None:
            return Receipt(outcome=Outcome.BUSY, note="nobody can carry this now"), "none"
        way = _way(letter)
        async with self._pauses.passage(way) as closed:
            if closed is not None:
                return _held(letter, closed), "held"
            return await self._call(courier, letter, way)

    async def _call(self, courier: Courier, letter: Letter, way: str) -> tuple[Receipt, str]:
        began = self._clock.now()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                answer = await courier.call(letter)
        except TimeoutError:
            return Receipt(outcome=Outcome.UNCLEAR, note="no end in time"), "no_answer"
        except NoTokenError as error:
            return _without_token(error, letter), "no_token"
        except NotSentError as error:
            return Receipt(outcome=Outcome.BUSY, note=str(error)), "not_sent"
        except NoAnswerError as error:
            return Receipt(outcome=Outcome.UNCLEAR, note=str(error)), "no_answer"
        meaning = meaning_of(answer, attempts=letter.attempts, may_wait=_may_wait(letter))
        retry_after = await self._learn(answer, way, began) or meaning.retry_after
        code: object = answer.body.get("response_code")
        remote: object = answer.body.get("msgid")
        receipt = Receipt(
            outcome=_outcome(meaning.outcome, letter),
            note=meaning.note,
            retry_after=retry_after,
            response_code=code if isinstance(code, str) and code else None,
            remote_id=remote if isinstance(remote, str) and remote else None,
            unreached=_unreached(letter, answer),
        )
        if letter.medium is Medium.MASS:
            receipt = masses.receipt_of(letter, answer, receipt)
        if receipt.unreached:
            self._metrics.unreached.labels(letter.medium, str(answer.code)).inc(len(receipt.unreached))
        if self._app is not None:
            receipt = await self._app.explained(letter, answer, receipt)
        return receipt, str(answer.code)

    async def _learn(self, answer: Answer, way: str, began: datetime) -> timedelta | None:
        """What an answer tells of how often the way may be used; how long to leave it alone."""
        if answer.code in TOO_OFTEN:
            return await self._pauses.refused(way, began)
        if answer.code == TOO_MANY_AT_ONCE:
            self._pauses.too_many_at_once(way)
        await self._pauses.taken(way, began)
        return None

    def _courier_for(self, letter: Letter) -> Courier | None:
        if letter.medium is Medium.WEBHOOK:
            return self._webhook
        return self._app if letter.medium in {Medium.APP, Medium.KF, Medium.MASS} else self._bot


def _way(letter: Letter) -> str:
    """What is closed together when one of it was too much: a call of the app, a webhook, a conversation of the bot."""
    if letter.medium is Medium.WEBHOOK:
        return letter.to
    return f"bot:{letter.to}" if letter.medium in BY_BOT else _path(letter)


def _held(letter: Letter, closed: timedelta) -> Receipt:
    """The answer to a tap cannot wait so long."""
    if letter.guarantee is Guarantee.NOW_OR_NEVER:
        return Receipt(outcome=Outcome.TOO_LATE, note=f"{EXPIRED}: written to too often")
    return Receipt(outcome=Outcome.HELD, note=letter.note, retry_after=closed)


def _outcome(outcome: Outcome, letter: Letter) -> Outcome:
    """A webhook that is gone does not come back by somebody's saying hello."""
    gone = letter.medium is Medium.WEBHOOK and outcome is Outcome.UNGREETED
    return Outcome.REFUSED if gone else outcome


def _unreached(letter: Letter, answer: Answer) -> tuple[UserId, ...]:
    """The members that a message has not reached, as we spell them; WeCom writes its lists in lower case (page 90236)."""
    if letter.medium not in {Medium.APP, Medium.SINGLE} or not letter.is_message:
        return ()
    if answer.upshot in {Upshot.NO_RECIPIENT, Upshot.CLOSED_CHAT}:
        return tuple(map(UserId, letter.readers))
    lists = (answer.body.get(name) for name in ("invaliduser", "unlicenseduser"))
    listed = {userid.lower() for some in lists if isinstance(some, str) for userid in some.split(SHARED_BY)}
    return tuple(UserId(reader) for reader in letter.readers if reader.lower() in listed)
