"""Which commands are there? Imports happen inside them, so that --help is quick."""

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from bot.settings import Settings

USAGE, FAILURE = 2, 1

app = typer.Typer(
    name="dingdan",
    help="盯单：订单停住时，先于顾客发现，把写好的回复送到客服群。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def serve() -> None:
    """运行服务：接收订单事件，盯着时限，发卡片。设置见环境变量 DINGDAN_*。"""
    from bot.running import run_service

    _exit(run_service(_settings()))


@app.command()
def migrate() -> None:
    """建立或升级数据库的结构。"""
    from bot.running import run_migration

    _exit(run_migration(_settings()))


def main() -> None:
    """Run the command line."""
    app()


def _settings() -> "Settings":
    from bot.settings import SettingsError, load

    try:
        return load()
    except SettingsError as error:
        for fault in error.faults:
            typer.echo(f"设置有误  {fault}", err=True)
        raise typer.Exit(USAGE) from None


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)
