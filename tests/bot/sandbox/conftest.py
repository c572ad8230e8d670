"""What does a test of the sandbox get? A strict world on a clock that stands still, and somebody on each side."""

from collections.abc import AsyncIterator

import pytest

from bot.clock import ManualClock
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import (
    App,
    Bot,
    CallbackUrl,
    a_sandbox,
    an_app,
    callback_url,
    clock_of,
    connected,
)


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with a_sandbox() as one:
        yield one


@pytest.fixture
def clock(sandbox: Sandbox) -> ManualClock:
    return clock_of(sandbox)


@pytest.fixture
async def app(sandbox: Sandbox) -> AsyncIterator[App]:
    async with an_app(sandbox) as one:
        yield one


@pytest.fixture
async def callback(sandbox: Sandbox) -> AsyncIterator[CallbackUrl]:
    async with callback_url(sandbox) as one:
        yield one


@pytest.fixture
async def bot(sandbox: Sandbox) -> AsyncIterator[Bot]:
    """Subscribed, and greeted in the group."""
    async with connected(sandbox) as one:
        sandbox.greet()
        yield one
