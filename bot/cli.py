"""Which commands are there? Imports happen inside them, so that --help is quick."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

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
def demo(
    port: Annotated[int, typer.Option(help="服务的端口")] = 8000,
    wecom_port: Annotated[int, typer.Option(help="企业微信沙箱（打开这一页）的端口")] = 8001,
) -> None:
    """在浏览器里看完整的一个早晨：沙箱里的企业微信、服务和一段故事。"""
    from bot.playing import play_demo

    _exit(play_demo(port, wecom_port))


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="沙箱的端口")] = 8001,
    callback: Annotated[
        str | None, typer.Option(help="服务的回调地址，如 http://127.0.0.1:8000/wecom/callback")
    ] = None,
    greet: Annotated[bool, typer.Option(help="一开始就有人在群里和机器人打过招呼")] = False,
    history: Annotated[
        Path | None, typer.Option(help="把收下了什么记到这个文件，供 doctor --verify 核对")
    ] = None,
) -> None:
    """只运行企业微信沙箱，并打印服务要用的设置。"""
    from bot.playing import play_sandbox

    _exit(play_sandbox(_settings(), port, callback, greet=greet, history=history))


@app.command()
def drill(
    file: Annotated[Path, typer.Argument(help="演练文件；例子在 docs/examples/drills")],
    real: Annotated[
        bool,
        typer.Option(
            "--real", help="改为在真实的群里演练：发给正在运行的服务，处处写明「演练」，不发给任何顾客"
        ),
    ] = False,
    address: Annotated[
        str | None, typer.Option(help="和 --real 同用：服务的地址；不写则按设置里的地址和端口")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="和 --real 同用：不再问一遍")] = False,
    page: Annotated[Path | None, typer.Option(help="把结果写成一个网页")] = None,
    language: Annotated[Literal["zh", "en"], typer.Option(help="结果用哪种语言")] = "zh",
    json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False,
) -> None:
    """演练一场事故：按文件里的剧本，看团队多快发现、认领、联系上顾客。"""
    from bot.drilling import Wanted, play_drill
    from replies.words import Language

    if address and not real:
        raise typer.BadParameter("--address 要和 --real 同用")
    if real and not yes:
        typer.confirm("卡片会发进真实的群，写明是演练。开始吗？", abort=True)
    wanted = Wanted(
        file=file,
        real=real,
        address=address,
        page=page,
        language=Language(language),
        as_json=json,
    )
    _exit(play_drill(_settings(), wanted))


@app.command()
def migrate() -> None:
    """建立或升级数据库的结构。"""
    from bot.running import run_migration

    _exit(run_migration(_settings()))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV 文件，UTF-8 或 GB18030 编码")],
    plan: Annotated[Path, typer.Option("--map", help="映射文件：哪一列是什么")],
    live: Annotated[
        bool, typer.Option("--live", help="从现在起盯着这些订单；不写则只作历史，不提醒任何人")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只看结果，什么都不写入")] = False,
    json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False,
    errors: Annotated[Path | None, typer.Option(help="把有错的行写到这个 CSV，改好后可以再导入")] = None,
) -> None:
    """从 CSV 导入订单；同一个文件再导入一次，什么都不会改变。"""
    from bot.importing import Import
    from bot.running import run_import

    wanted = Import(file=file, map=plan, live=live, dry_run=dry_run, errors=errors)
    _exit(run_import(_settings(), wanted, as_json=json))


@app.command()
def rehearse(  # noqa: PLR0913, PLR0917 -- an argument is an option of the command
    rules: Annotated[Path | None, typer.Option(help="规则书文件")] = None,
    version: Annotated[int | None, typer.Option(help="库里的第几版")] = None,
    draft: Annotated[str | None, typer.Option(metavar="ID", help="看板上的草稿")] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="从哪天起；不写则从最早的事件起")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="到哪天为止，当天算在内；不写则到最后")
    ] = None,
    shop: Annotated[str | None, typer.Option(help="只看一家店铺")] = None,
    against: Annotated[
        str | None, typer.Option(help="和什么对照：第几版、draft:草稿、文件；不写则是现行的规则书")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False,
) -> None:
    """用一本规则书重演历史：会有多少提醒，几点、找谁，和现行的比哪些提前、推后、新增、不再有。只读，什么都不发。"""
    from bot.replaying import Named, Wanted
    from bot.running import run_rehearsal
    from rules.events import Shop

    if sum(one is not None for one in (rules, version, draft)) > 1:
        raise typer.BadParameter("--rules、--version、--draft 只写一个")
    book = Named(file=rules, version=version, draft=draft)
    alone = book == Named() and against is None
    wanted = Wanted(
        book=book,
        against=None if alone else Named.read(against or ""),
        since=None if since is None else since.date(),
        until=None if until is None else until.date(),
        shop=None if shop is None else Shop(shop),
    )
    _exit(run_rehearsal(_settings(), wanted, as_json=json))


@app.command()
def doctor(
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="改为逐笔核对库里的数据守不守规矩。服务运行时也可以：分页读，每页一个短事务，不会长时间占住 PostgreSQL",
        ),
    ] = False,
    history: Annotated[
        Path | None, typer.Option(help="和 --verify 同用：再与这个历史文件里从外面看到的对一遍")
    ] = None,
    cards: Annotated[
        str | None,
        typer.Option(metavar="USERID", help="改为给这位成员和各个群各发一套样卡，看企业微信收不收"),
    ] = None,
    login: Annotated[
        str | None,
        typer.Option(metavar="USERID", help="改为给这位成员一个打开看板的链接，只能用一次，10 分钟内有效"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="给程序读的输出")] = False,
) -> None:
    """检查设置、数据库、Redis、企业微信、值班表和节假日；或者核对库里的数据，发样卡，给登录链接。"""
    from bot.running import run_cards, run_doctor, run_login, run_verification

    if login is not None:
        _exit(run_login(_settings(), login, as_json=json))
        return
    if history and not verify:
        raise typer.BadParameter("--history 要和 --verify 同用")
    if cards is not None:
        _exit(run_cards(_settings(), cards, as_json=json))
    _exit(
        run_verification(_settings(), history, as_json=json)
        if verify
        else run_doctor(_settings(), as_json=json)
    )


@app.command()
def check_config(
    rules: Annotated[Path | None, typer.Option(help="规则书文件，代替设置里的。")] = None,
    roster: Annotated[Path | None, typer.Option(help="名册文件，代替设置里的。")] = None,
    tokens: Annotated[Path | None, typer.Option(help="令牌文件，代替设置里的。")] = None,
    api_tokens: Annotated[Path | None, typer.Option(help="接口令牌文件，代替设置里的。")] = None,
    schema: Annotated[
        Literal["rules", "roster", "tokens", "api-tokens", "map", "drill"] | None,
        typer.Option(help="只打印这种文件的 JSON Schema，供编辑器使用。"),
    ] = None,
    promises: Annotated[
        bool,
        typer.Option("--promises", help="改为看模板答应的时间，对照库里的历史：这样的订单八成多久有了消息。"),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出。")] = False,
) -> None:
    """检查设置、规则书、名册和令牌文件：每处错误都给出文件、行、列和改法。"""
    if schema and (rules or roster or tokens or api_tokens):
        raise typer.BadParameter("--schema 不能与 --rules、--roster、--tokens 或 --api-tokens 同用")
    if schema:
        _print_schema(schema)
        return
    if promises:
        from bot.running import run_pledges

        _exit(run_pledges(_settings(), as_json=as_json))
        return
    from bot import checking

    report = checking.check_config({
        "rules": rules, "roster": roster, "tokens": tokens, "api-tokens": api_tokens,
    })  # fmt: skip
    typer.echo(report.as_json() if as_json else report.as_text())
    _exit(0 if report.ok else FAILURE)


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


def _print_schema(kind: Literal["rules", "roster", "tokens", "api-tokens", "map", "drill"]) -> None:
    import json

    from bot.fileschema import schema

    typer.echo(json.dumps(schema(kind), ensure_ascii=False, indent=2))


def _exit(code: int) -> None:
    if code:
        raise typer.Exit(code)
