"""What did one check find? A line for the operator, and whether something is broken."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import aiohttp
from redis.exceptions import RedisError

from bot.wecom.answers import NoAnswerError, NotSentError
from bot.wecom.codes import code_of, remedy
from bot.wecom.contacts import NotToldError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `ok` None is advice: nothing is broken."""

    about: str
    ok: bool | None
    said: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)

    def __str__(self) -> str:
        mark = {True: "✓", False: "✗", None: "·"}[self.ok]
        return f"{mark} {self.about}：{self.said}"


async def guarded(about: str, check: Callable[[], Awaitable[Finding]]) -> Finding:
    """What a check found; that WeCom refused it, or that something cannot be reached, is a finding too."""
    try:
        return await check()
    except NotToldError as error:
        said = code_of(error.code).said
        words = f"企业微信返回 {error.code}{f'（{said}）' if said else ''}。{remedy(error.code)}"
        return Finding(about=about, ok=False, said=words)
    except (NoAnswerError, NotSentError, aiohttp.ClientError, OSError, TimeoutError, RedisError) as error:
        return Finding(about=about, ok=False, said=f"连不上：{type(error).__name__} {error}".rstrip())
