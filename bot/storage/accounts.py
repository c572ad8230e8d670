"""How far has the news of each 微信客服 account been read, and when is which one to be asked next?"""

from dataclasses import dataclass
from datetime import datetime

from bot.storage.codec import RowCodec
from bot.storage.connection import Conflict, Connection
from rules.instants import to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account whose news is fetched."""

    open_kfid: str
    cursor: str = ""
    """Where the next page begins; empty for the oldest that there is."""
    token: str | None = None
    """The right of the latest call to fetch soon, until `token_until`."""
    token_until: datetime
    calls: int = 0
    """How often it was announced that there is news."""
    paused: bool = False
    """Whether it is left alone until `due_at`, though there be news."""
    due_at: datetime

    def token_at(self, now: datetime) -> str | None:
        """The token, if it is still good."""
        return self.token if now < self.token_until else None


CODEC = RowCodec(Account, "kf_accounts", ("open_kfid",))


class Accounts:
    """See `handlers.conversations.Accounts`. `announced` tells whether there is news to fetch since this transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.announced = False

    async def add(self, open_kfid: str, now: datetime) -> None:
        """Fetch an account's news from now on; nothing changes when that is done already."""
        row = CODEC.row(Account(open_kfid=open_kfid, token_until=now, due_at=now))
        await self._connection.write(CODEC.table, [row], Conflict.KEEP)

    async def add_written_to(self, now: datetime) -> None:
        """The same of every account to which a customer has written."""
        await self._connection.execute(
            "INSERT INTO kf_accounts (open_kfid, cursor, token_until, calls, paused, due_at)"
            " SELECT DISTINCT open_kfid, '', CAST($1 AS BIGINT), 0, false, CAST($1 AS BIGINT) FROM windows WHERE true ON CONFLICT DO NOTHING",
            to_ms(now),
        )

    async def hurry(self, now: datetime) -> None:
        """Ask every account at once that is not left alone."""
        await self._connection.execute(
            "UPDATE kf_accounts SET due_at = $1 WHERE NOT paused AND due_at > $1", to_ms(now)
        )

    async def announce(self, open_kfid: str, token: str, until: datetime, now: datetime) -> None:
        await self.add(open_kfid, now)
        await self._connection.execute(
            "UPDATE kf_accounts SET token = $2, token_until = $3, calls = calls + 1,"
            " due_at = CASE WHEN paused THEN due_at ELSE $4 END WHERE open_kfid = $1",
            open_kfid,
            token,
            to_ms(until),
            to_ms(now),
        )
        self.announced = True

    async def read_to(self, account: Account, cursor: str, due_at: datetime) -> None:
        """Everything before `cursor` is dealt with; ask again at `due_at`, or at once if called meanwhile."""
        await self._connection.execute(
            "UPDATE kf_accounts SET cursor = $2, paused = false,"
            " due_at = CASE WHEN calls = $3 THEN $4 ELSE due_at END WHERE open_kfid = $1",
            account.open_kfid,
            cursor,
            account.calls,
            to_ms(due_at),
        )

    async def pause(self, account: Account, until: datetime) -> None:
        """Leave the account alone until then."""
        await self._connection.execute(
            "UPDATE kf_accounts SET paused = true, due_at = $2 WHERE open_kfid = $1",
            account.open_kfid,
            to_ms(until),
        )

    async def drop_token(self, account: Account) -> None:
        """The token is no good; a newer one is kept."""
        await self._connection.execute(
            "UPDATE kf_accounts SET token = NULL WHERE open_kfid = $1 AND token = $2",
            account.open_kfid,
            account.token,
        )


async def next_account(connection: Connection) -> Account | None:
    """The account that is to be asked next; None when there is none at all."""
    rows = await connection.fetch("SELECT * FROM kf_accounts ORDER BY due_at, open_kfid LIMIT 1")
    return CODEC.record(rows[0]) if rows else None
