"""Is this access_token or response_code good now? Pages 91039 (gettoken) and 94888 (updating cards)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.sandbox.cards import Card
from bot.sandbox.config import TokenRepeat
from bot.sandbox.errcodes import Errcode, Refused
from bot.sandbox.world import World

CONTACTS = -1
"""Stands for 通讯录同步, whose secret belongs to no app."""
RESPONSE_CODE_LIFE = timedelta(hours=72)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    text: str
    agent_id: int
    expires_at: datetime


class AccessTokens:
    """Tokens of every app; each app's are independent of the others'."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, AccessToken] = {}
        self._newest: dict[int, AccessToken] = {}
        config = world.config
        self._apps = {config.secret: config.agent_id, config.contacts_secret: CONTACTS} | {
            secret: agent for agent, secret in config.other_apps.items()
        }

    def issue(self, corp_id: str, secret: str) -> AccessToken:
        """Answer gettoken. Raises Refused."""
        if not corp_id:
            raise Refused(Errcode.NO_CORP_ID, "corpid missing")
        if not secret:
            raise Refused(Errcode.NO_SECRET, "corpsecret missing")
        if corp_id != self._world.config.corp_id:
            raise Refused(Errcode.BAD_CORP_ID, "invalid corpid")
        agent = self._apps.get(secret)
        if agent is None:
            raise Refused(Errcode.BAD_SECRET, "invalid credential")
        repeat, newest = self._world.knobs.token_repeat, self._living(agent)
        if newest and repeat is TokenRepeat.SAME:
            return newest
        if newest and repeat is TokenRepeat.FRESH_ONLY:
            del self._tokens[newest.text]
        return self._fresh(agent)

    def check(self, text: str) -> AccessToken:
        """The token of a call. Raises Refused."""
        if not text:
            raise Refused(Errcode.NO_TOKEN, "access_token missing")
        token = self._tokens.get(text)
        if token is None:
            raise Refused(Errcode.BAD_TOKEN, "invalid access_token")
        if token.expires_at <= self._world.now():
            raise Refused(Errcode.TOKEN_EXPIRED, "access_token expired")
        return token

    def expire(self, text: str) -> None:
        """End one token now, so that every later call with it gives 42001."""
        if token := self._tokens.get(text):
            ended = AccessToken(text=text, agent_id=token.agent_id, expires_at=self._world.now())
            self._tokens[text] = ended
            if self._newest.get(token.agent_id) == token:
                del self._newest[token.agent_id]

    def invalidate(self) -> int:
        """Forget every token: each call with one gives 40014. Return how many there were."""
        count = len(self._tokens)
        self._tokens.clear()
        self._newest.clear()
        return count

    def _living(self, agent: int) -> AccessToken | None:
        newest = self._newest.get(agent)
        return newest if newest and newest.expires_at > self._world.now() else None

    def _fresh(self, agent: int) -> AccessToken:
        life = timedelta(seconds=self._world.knobs.token_seconds)
        token = AccessToken(
            text=secrets.token_urlsafe(48), agent_id=agent, expires_at=self._world.now() + life
        )
        self._tokens[token.text] = self._newest[agent] = token
        return token


@dataclass(frozen=True, slots=True, kw_only=True)
class _Permission:
    card: Card
    issued_at: datetime


class ResponseCodes:
    """Permissions to update a card: one use, 72 h (94888)."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._open: dict[str, _Permission] = {}

    def issue(self, card: Card) -> str:
        code = secrets.token_urlsafe(24)
        self._open[code] = _Permission(card=card, issued_at=self._world.now())
        return code

    def card(self, code: str) -> Card:
        """The card that this code may still update. Raises Refused."""
        permission = self._open.get(code)
        if permission is None or permission.issued_at + RESPONSE_CODE_LIFE <= self._world.now():
            raise Refused(self._world.knobs.spent_code, "response_code is used, expired or unknown")
        return permission.card

    def spend(self, code: str) -> None:
        self._open.pop(code, None)
