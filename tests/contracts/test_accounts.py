"""The 微信客服 accounts, as `handlers.ports` and the puller need them."""

from datetime import datetime

from bot.storage.accounts import Account, next_account
from bot.storage.store import Store
from tests.contracts.backend import inside
from tests.contracts.builders import NOW, in_

KF, OTHER = "wkAccount", "wkOther"


async def the_next(store: Store) -> Account:
    async with store.reading() as connection:
        found = await next_account(connection)
    assert found is not None
    return found


async def known(store: Store, *accounts: str, now: datetime = NOW) -> Account:
    for account in accounts:
        await inside(store, lambda work, account=account: work.accounts.add(account, now))
    return await the_next(store)


async def announced(store: Store, token: str = "token", now: datetime = NOW) -> None:
    await inside(store, lambda work: work.accounts.announce(KF, token, in_(minutes=10), now))


async def read_to(store: Store, account: Account, cursor: str, due_at: datetime) -> None:
    await inside(store, lambda work: work.accounts.read_to(account, cursor, due_at))


async def test_nothing_is_asked_of_nobody(store: Store) -> None:
    async with store.reading() as connection:
        assert await next_account(connection) is None


async def test_an_account_is_asked_at_once_and_then_when_it_is_due(store: Store) -> None:
    account = await known(store, KF)
    assert account == Account(open_kfid=KF, token_until=NOW, due_at=NOW)

    await read_to(store, account, "c1", in_(minutes=2))

    account = await the_next(store)
    assert (account.cursor, account.due_at) == ("c1", in_(minutes=2))
    assert await known(store, KF) == account, "it is known already"


async def test_the_one_that_is_due_first_comes_first(store: Store) -> None:
    first = await known(store, KF, OTHER)

    await read_to(store, first, "c1", in_(minutes=2))

    assert (await the_next(store)).open_kfid == OTHER


async def test_a_call_makes_it_due_and_lends_its_token_for_a_while(store: Store) -> None:
    await announced(store)
    account = await the_next(store)

    assert (account.open_kfid, account.due_at) == (KF, NOW)
    assert (account.token_at(in_(minutes=9)), account.token_at(in_(minutes=10))) == ("token", None)


async def test_a_call_that_came_while_it_was_asked_is_not_forgotten(store: Store) -> None:
    account = await known(store, KF)
    await announced(store, now=in_(seconds=1))

    await read_to(store, account, "c1", in_(minutes=2))

    assert (await the_next(store)).due_at == in_(seconds=1)


async def test_one_that_is_left_alone_is_not_called_back_too_soon(store: Store) -> None:
    account = await known(store, KF)
    await inside(store, lambda work: work.accounts.pause(account, in_(minutes=1)))

    await announced(store)
    await inside(store, lambda work: work.accounts.hurry(NOW))

    account = await the_next(store)
    assert (account.due_at, account.token) == (in_(minutes=1), "token")
    await read_to(store, account, "c1", in_(minutes=3))
    await announced(store, now=in_(minutes=2))
    assert (await the_next(store)).due_at == in_(minutes=2)


async def test_only_the_token_that_was_no_good_is_dropped(store: Store) -> None:
    await announced(store, "old")
    account = await the_next(store)
    await announced(store, "new")

    await inside(store, lambda work: work.accounts.drop_token(account))
    account = await the_next(store)
    assert account.token == "new"

    await inside(store, lambda work: work.accounts.drop_token(account))
    assert (await the_next(store)).token is None


async def test_whoever_begins_to_ask_asks_all_that_were_written_to(store: Store) -> None:
    account = await known(store, KF)
    await read_to(store, account, "c1", in_(minutes=2))
    for customer in ("wmChen", "wmLin"):
        await inside(store, lambda work, customer=customer: work.windows.heard(OTHER, customer, NOW))

    await inside(store, lambda work: work.accounts.add_written_to(NOW))
    await inside(store, lambda work: work.accounts.hurry(NOW))

    account = await the_next(store)
    assert (account.open_kfid, account.cursor, account.due_at) == (KF, "c1", NOW)
    await read_to(store, account, "c1", in_(minutes=2))
    assert (await the_next(store)).open_kfid == OTHER
