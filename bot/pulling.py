"""How is it heard what customers write? 微信客服 is asked, page by page; each is committed together with its cursor.

A callback says that there is news, and gives the right to ask for it at once. Without one it is asked now and then
all the same: callbacks get lost, and not every house has a public address. One replica asks, the one with the lease.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.clock import Clock, stopwatch
from bot.failpoints import reached
from bot.leader import LeaseLostError, Tenure
from bot.signals import Signal
from bot.sources.kf import news_of
from bot.storage.accounts import Account, next_account
from bot.storage.feeds import counted
from bot.storage.store import Store, Transaction
from bot.wecom.answers import Answer, NoAnswerError, NotSentError, note_of
from bot.wecom.codes import Upshot
from bot.wecom.kf import Kf, Page, page_of
from handlers.customers import take_news
from handlers.messages import CustomerWrote, News, Reported
from handlers.ports import StoreUnavailableError
from handlers.situations import Customer
from handlers.world import World

UNCALLED = timedelta(minutes=2)
"""How long news may wait when no callback tells of it: without its token WeCom can be asked rarely (page 94670)."""
SOON = timedelta(seconds=5)
"""After a first failure; twice as long after each further one, up to `LATER`."""
LATER = timedelta(minutes=1)
"""The shortest time for which WeCom blocks whoever asks too often (page 90454)."""
MENDED_BY_THEN = timedelta(minutes=10)
"""The operator has to mend something first."""
LONGEST_SLEEP = timedelta(seconds=1)
PAUSE_SECONDS = 1
BAD_TOKEN = 95007

_PAUSES = {Upshot.RETRY: SOON, Upshot.STALE_TOKEN: SOON, Upshot.WAIT: LATER, Upshot.OPERATOR: MENDED_BY_THEN}

log = structlog.get_logger("kf")


class Puller:
    """Asks for the news of each account that is known."""

    def __init__(self, store: Store, world: World, clock: Clock, signal: Signal, kf: Kf, own: str) -> None:
        """`own` is the account of the settings, or blank; others become known when they call."""
        self._store = store
        self._world = world
        self._clock = clock
        self._signal = signal
        self._kf = kf
        self._own = own
        self._failures = 0
        """Of the last calls, one after the other."""

    async def run(self, tenure: Tenure) -> None:
        """Ask, until cancelled. Raises LeaseLostError when another replica does so."""
        while True:
            try:
                await self._begin(tenure)
                while True:
                    await self._round(tenure)
            except StoreUnavailableError:
                await asyncio.sleep(PAUSE_SECONDS)

    async def _begin(self, tenure: Tenure) -> None:
        async def add(work: Transaction) -> None:
            now = self._clock.now()
            if self._own:
                await work.accounts.add(self._own, now)
            await work.accounts.add_written_to(now)
            await work.accounts.hurry(now)  # calls may have been lost while nobody listened

        await tenure.run("kf_aside", add)

    async def _round(self, tenure: Tenure) -> None:
        """Ask for one page of the account whose turn it is, or wait for it."""
        async with self._store.reading() as connection:
            account = await next_account(connection)
        now = self._clock.now()
        if account is not None and account.due_at <= now:
            await self._ask(account, tenure)
            return
        latest = now + LONGEST_SLEEP
        await self._signal.wait(self._clock, (min(account.due_at, latest) if account else latest) - now)

    async def _ask(self, account: Account, tenure: Tenure) -> None:
        token = account.token_at(self._clock.now())
        try:
            answer = await self._kf.sync(account.open_kfid, account.cursor, token)
        except (NoAnswerError, NotSentError) as error:
            await self._pause(account, SOON, str(error), tenure)
            return
        if not answer.ok:
            await self._refused(account, answer, tenure)
            return
        self._failures = 0
        page = page_of(answer, account.cursor)
        if page.more and page.cursor == account.cursor:
            await self._pause(account, SOON, "the cursor stands still", tenure)
            return
        await self._take(account, page, tenure)

    # --- a page -----------------------------------------------------------------

    async def _take(self, account: Account, page: Page, tenure: Tenure) -> None:
        reached("kf.page_read")
        passed, now = stopwatch(), self._clock.now()
        told = (news_of(record, account.open_kfid, now) for record in page.records)
        news = [one for one in told if one is not None]
        with_others = await self._write(account, page, news, tenure)
        for customer in with_others:
            await self._look_after(customer, tenure)
        if page.records:
            counts = {"records": len(page.records), "news": len(news), "more": page.more}
            log.info("kf.read", account=account.open_kfid, **counts, ms=passed())

    async def _write(
        self, account: Account, page: Page, news: Sequence[News], tenure: Tenure
    ) -> set[Customer]:
        """The page and its cursor, in one transaction; what spoils it is left out."""
        try:
            return await tenure.run("kf", partial(self._deal_with, account, page, news))
        except (StoreUnavailableError, LeaseLostError):
            raise
        except Exception:
            log.exception("kf.page_spoilt", account=account.open_kfid)
        with_others: set[Customer] = set()
        for one in news:
            with_others |= await self._write_alone(one, tenure)
        await tenure.run("kf", partial(self._deal_with, account, page, ()))
        return with_others

    async def _write_alone(self, one: News, tenure: Tenure) -> set[Customer]:
        async def write(work: Transaction) -> set[Customer]:
            await work.feeds.add(counted(_reported([one])))
            return await take_news(work, self._world, [one])

        try:
            return await tenure.run("kf_aside", write)
        except (StoreUnavailableError, LeaseLostError):
            raise
        except Exception:
            log.exception("kf.record_spoilt", kind=type(one).__name__)
            return set()

    async def _deal_with(
        self, account: Account, page: Page, news: Sequence[News], work: Transaction
    ) -> set[Customer]:
        now = self._clock.now()
        with_others = await take_news(work, self._world, news)
        await work.feeds.add(counted(_reported(news)))
        await work.accounts.read_to(account, page.cursor, now if page.more else now + UNCALLED)
        return with_others

    async def _look_after(self, customer: Customer, tenure: Tenure) -> None:
        """They wrote while others had their conversation: do they still have it?"""
        found = await self._kf.why_not_ours(*customer)
        if found is None or found.shut is None:
            return
        shut = found.shut

        async def block(work: Transaction) -> None:
            await work.windows.block(*customer, shut, self._clock.now())

        await tenure.run("kf_aside", block)

    # --- no page ----------------------------------------------------------------

    async def _refused(self, account: Account, answer: Answer, tenure: Tenure) -> None:
        """A token or a cursor that WeCom does not know is let go; else the account has to wait."""
        if answer.code == BAD_TOKEN and account.token is not None:
            await tenure.run("kf_aside", lambda work: work.accounts.drop_token(account))
            return
        pause = _PAUSES.get(answer.upshot)
        if pause is None and account.cursor:
            log.warning("kf.begun_anew", account=account.open_kfid, code=answer.code)
            await tenure.run("kf_aside", lambda work: work.accounts.read_to(account, "", self._clock.now()))
            return
        await self._pause(account, pause or MENDED_BY_THEN, note_of(answer), tenure)

    async def _pause(self, account: Account, pause: timedelta, why: str, tenure: Tenure) -> None:
        pause = min(pause * 2**self._failures, max(pause, LATER))
        self._failures = min(self._failures + 1, 10)
        log.warning("kf.unread", account=account.open_kfid, why=why, pause_seconds=pause.total_seconds())
        until: datetime = self._clock.now() + pause
        await tenure.run("kf_aside", lambda work: work.accounts.pause(account, until))


def _reported(news: Iterable[News]) -> list[Reported]:
    """What of the news are events."""
    return [one.report for one in news if isinstance(one, CustomerWrote)]
