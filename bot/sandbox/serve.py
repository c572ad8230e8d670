"""How does the sandbox run alone? Until it is cancelled, having printed what the service needs to find it."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from bot.sandbox.config import Knobs
from bot.sandbox.identities import config_from_settings
from bot.sandbox.server import Sandbox
from bot.sandbox.watch import Watch
from bot.settings import Settings
from bot.witness import Witness

_SAY = partial(print, flush=True)


async def serve(  # noqa: PLR0913 - one argument per option of the command
    settings: Settings,
    *,
    port: int,
    callback_url: str | None = None,
    host: str = "127.0.0.1",
    greet: bool = False,
    clock: Watch | None = None,
    knobs: Knobs | None = None,
    history: Path | None = None,
    say: Callable[[str], object] = _SAY,
) -> None:
    """Run a sandbox under the ids of `settings` until cancelled; missing ids and secrets are drawn and printed.

    What it accepts is appended to the file `history`.
    """
    config = config_from_settings(settings, callback_url=callback_url, knobs=knobs)
    witness = Witness(history) if history else None
    running = Sandbox(config, clock=clock, witness=witness).running(host=host, port=port, greet=greet)
    async with running as sandbox:
        for line in introduction(sandbox.page_url, callback_url, sandbox.environment(), sandbox.webhook_key):
            say(line)
        await asyncio.get_running_loop().create_future()


def introduction(
    page_url: str, callback_url: str | None, environment: Mapping[str, str], webhook_key: str
) -> list[str]:
    """The lines that `serve` prints: where the page is, and the settings to start the service with.

    The group's webhook stands there as a comment: with a bot it is not needed.
    """
    return [
        f"企业微信沙箱 / WeCom sandbox: {page_url}",
        f"回调 / callback: {callback_url or '-'}",
        "",
        *(f"export {name}={value}" for name, value in environment.items()),
        f"# 没有智能机器人时 / without a bot: export DINGDAN_WEBHOOK__KEY={webhook_key}",
    ]
