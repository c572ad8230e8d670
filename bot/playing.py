"""How do the demo and the sandbox run as commands? Until somebody stops them."""

import logging
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import typer
import uvloop

from bot.demo import run_demo
from bot.logs import set_up
from bot.sandbox.serve import serve
from bot.settings import Settings

DEMO_FOLDER = Path("var/demo")


def play_demo(port: int, wecom_port: int) -> int:
    """The demo. Its terminal keeps the welcome in view."""
    set_up("console", logging.WARNING)
    return _until_stopped(run_demo(DEMO_FOLDER, port, wecom_port, typer.echo))


def play_sandbox(
    settings: Settings, port: int, callback: str | None, *, greet: bool, history: Path | None
) -> int:
    """The sandbox alone."""
    set_up("console")
    playing = serve(settings, port=port, callback_url=callback, greet=greet, history=history, say=typer.echo)
    return _until_stopped(playing)


def _until_stopped(work: Coroutine[Any, Any, None]) -> int:
    try:
        uvloop.run(work)
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        typer.echo(f"启动不了：{error.strerror or error}。端口被占用的话，用 --port 换一个。", err=True)
        return 1
    return 0
