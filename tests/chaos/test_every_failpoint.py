"""The service dies in the middle of anything, as with kill -9, and is started again: nothing is lost or doubled.

The order system repeats what was not acknowledged, and a person taps again when nothing happens; neither knows
that anything died.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
import yaml

from bot.failpoints import EXIT_CODE
from bot.imports.loading import BATCH as FIRST_BATCH
from tests.chaos.agent import answer_on_the_card, answer_on_the_page
from tests.chaos.failpoints import all_failpoints
from tests.chaos.lives import AT_LAST_SECONDS, Chain, has_died, insist, is_at_rest, is_told, kept_alive, named
from tests.chaos.sidebar import answer_in_the_sidebar
from tests.databases import postgres_database
from tests.processes.commands import command, until
from tests.processes.replicas import SECRET
from tests.processes.town import Town, a_reachable_customer, a_town, an_event, news

pytestmark = [pytest.mark.processes, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

_numbers = count(1)

OPENED: Chain = ("ingest.after_commit",)
"""The order is stored and its limit armed; nothing has noticed yet."""
TOLD: Chain = (*OPENED, "watch.after_commit")
"""The case is open, its card is written, its push about to leave; nothing has left."""
TAPPED: Chain = ("inbox.after_commit",)
"""Somebody has tapped 发送回复; nobody has heard."""
ORDERED: Chain = (*TAPPED, "click.after_commit")
"""The message to the customer is written; it has not left."""
SENDING: Chain = (*ORDERED, "send.after_call")
"""The customer has it; it is not known here."""

BEFORE: Mapping[str, Sequence[Chain]] = {
    "arm": ((),),
    "click": (TAPPED,),
    "document": ((),),
    "inbox": ((),),
    "ingest": ((),),
    "kf": ((),),
    "kf_aside": ((),),
    "lease": ((),),
    "page": ((),),
    "recover": (SENDING,),
    "send": (TOLD, ORDERED),
    "settle": (TOLD, ORDERED),
    "sheet": ((),),
    "sidebar": (TOLD,),
    "sidebar_result": ((),),
    "sidebar_send": (TOLD,),
    "staff": (TOLD, ORDERED),
    "take": (TOLD, ORDERED),
    "viewed": (TOLD,),
    "watch": (OPENED,),
}
"""What the service dies of before it comes to a part of its work, so that it comes there with something at stake."""
ELSEWHERE = {
    "import": "test_a_killed_import_is_finished_by_the_next_one",
    "release": "test_a_command_that_dies_with_the_socket_does_not_keep_it",
}
ANSWERS = {
    **dict.fromkeys(("page", "sheet"), answer_on_the_page),
    **dict.fromkeys(("sidebar", "sidebar_send", "sidebar_result", "viewed"), answer_in_the_sidebar),
}
"""How the agent answers the customer, so that the service comes there at all."""
NEVER = {
    "forget": "at ten past four in the morning, and what it drops was dealt with a week ago",
    "pass": "one request spends a link or a session: its sender has no answer, and opens a new link or logs out again",
    "export": "whoever takes a list away has half a file, and asks again; at worst the trail names one that nobody got",
    **dict.fromkeys(
        ("outage", "let_go"), "each step, on both sides of its commit: tests/bot/test_lookout.py"
    ),
    "feeds": "counts of what sources sent, a second of them: statistics, of which decision 0023 says what they are",
    "decision": "one request adds to the log: its sender has no answer, and finds the entry there or writes it again: test_evolving.py",
    "report": "whoever keeps the timetable looks again in ten minutes, and a week is written with its letters or not at all: test_evolving.py",
    "duty": "one request changes duty: its sender has no answer, finds it changed, or does it again and hears that it is",
    "duty_outlook": "at eight in the evening, and again at ten and twenty past, under keys of the day: test_dutywatch.py",
    "proposals": "all of a week in one transaction, the next night again; a decision is one request: its sender finds it made",
    "causes": "in the night, and what is half done is done again the next one: tests/contracts/test_causes.py",
    **dict.fromkeys(("judge", "look"), "a minute later again, at each step: tests/bot/test_comparing.py"),
    "experiment": "one request starts, grows or ends one: its sender has no answer, and finds it done or does it again: test_evolving.py",
    "leave": "a minute later again, under keys of the leave: test_dutywatch.py",
    "forget_hours": "at half past four in the morning, and what it drops is sixty days old",
    "forget_trials": "at ten to five in the morning, and what is left of it is dropped the next one: test_timetable.py",
    "forget_personal": "at twenty to five in the morning: test_forgetting.py",
    "rehearsal": "nothing of it is kept until it is done, and whoever has the lease next starts again: test_evolving.py",
    "reveal": "whoever asked sees nothing and asks again; at worst a look is noted that nobody has had",
    "rules": "one request changes rules or a draft: its sender has no answer, finds it done, or does it again and is told: test_evolving.py",
    "tie": "one transaction for one event: whoever tied it has no answer, and finds it tied or does it again",
    "hand_back": "when the service is being stopped: test_stopping.py",
}

DEATHS = [
    (*before, failpoint)
    for failpoint in all_failpoints()
    for before in BEFORE.get(failpoint.partition(".")[0], ())
]
SAMPLE = [
    (*TOLD, "send.after_call"),
    (*TAPPED, "click.before_commit"),
    (*ORDERED, "send.before_call"),
    (*SENDING, "recover.after_commit"),
]


async def test_every_failpoint_has_its_story() -> None:
    assert {failpoint.partition(".")[0] for failpoint in all_failpoints()} == {*BEFORE, *ELSEWHERE, *NEVER}
    assert set(SAMPLE) <= set(DEATHS)
    assert set(ELSEWHERE.values()) <= set(globals())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def wecom_town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """A WeCom for all stories of this file."""
    async with a_town(tmp_path_factory.mktemp("town"), DINGDAN_SECRET_KEY=SECRET) as town:
        yield town


@pytest.mark.parametrize("deaths", named(SAMPLE))
async def test_a_sample_of_deaths(wecom_town: Town, tmp_path: Path, deaths: Chain) -> None:
    await live_through(wecom_town.elsewhere(tmp_path), deaths)


@pytest.mark.long
@pytest.mark.parametrize("deaths", named([chain for chain in DEATHS if chain not in SAMPLE]))
async def test_all_other_deaths(wecom_town: Town, tmp_path: Path, deaths: Chain) -> None:
    await live_through(wecom_town.elsewhere(tmp_path), deaths)


@pytest.mark.long
@pytest.mark.parametrize("deaths", named(DEATHS))
async def test_all_deaths_on_postgres(wecom_town: Town, tmp_path: Path, postgres: str, deaths: Chain) -> None:
    async with postgres_database(postgres) as url:
        await live_through(wecom_town.elsewhere(tmp_path, DINGDAN_DATABASE_URL=url), deaths)


async def test_a_new_process_goes_on_at_once(wecom_town: Town, tmp_path: Path) -> None:
    """The group's card is due within two seconds of the start, over the socket that the dead one held."""
    town = wecom_town.elsewhere(tmp_path)
    number = f"KILL-{next(_numbers)}"
    async with town.serving() as service:
        started = datetime.now(UTC) - timedelta(minutes=5) + timedelta(seconds=1)
        await town.report(an_event(number, "order.stage", started, stage="payment", status="started"))
        await service.kill()

    async with town.started():
        await until(town.is_ready, "ready")
        await until(lambda: is_told(town, number), "card and push", seconds=2)
        assert await town.broken() == []


@pytest.mark.parametrize("failpoint", ["release.before_commit", "release.after_commit"])
async def test_a_command_that_dies_with_the_socket_does_not_keep_it(
    wecom_town: Town, tmp_path: Path, failpoint: str
) -> None:
    """`doctor --cards` has sent its cards; the service has the socket no later than their lease of it ends."""
    town = wecom_town.elsewhere(tmp_path)
    number = f"KILL-{next(_numbers)}"
    async with town.runs("doctor", "--cards", "lisi", DINGDAN_FAILPOINT=failpoint) as cards:
        assert await cards.exit_code() == EXIT_CODE, cards.output()

    town = town.elsewhere(tmp_path)
    async with town.serving():
        await town.report(news(number, "payment", "started", ago=timedelta(minutes=6)))
        await until(lambda: is_told(town, number), "card and push")
        assert await town.broken(grace=timedelta(seconds=5)) == []


@pytest.mark.parametrize(
    ("failpoint", "left"),
    [
        pytest.param("import.before_commit", 0, marks=pytest.mark.long),
        ("import.after_commit", FIRST_BATCH),
    ],
)
async def test_a_killed_import_is_finished_by_the_next_one(tmp_path: Path, failpoint: str, left: int) -> None:
    columns = [{"column": "下单", "type": "order.created"}]
    plan = {"timezone": "Asia/Shanghai", "order_no": "单号", "events": columns}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(plan, allow_unicode=True), "utf-8")
    rows = [f"H{number},2026/3/2 9:05" for number in range(FIRST_BATCH + 100)]
    (tmp_path / "orders.csv").write_text("\n".join(["单号,下单", *rows]), "utf-8")
    arguments = ("import", "orders.csv", "--map", "map.yaml")

    async with command(tmp_path, *arguments, environment={"DINGDAN_FAILPOINT": failpoint}) as killed:
        assert await killed.exit_code() == EXIT_CODE, killed.output()
    async with command(tmp_path, *arguments, "--json") as again:
        assert await again.exit_code() == 0, again.output()

    events = json.loads(again.output()[again.output().index("{") :])["events"]
    assert (events["new"], events["known"]) == (FIRST_BATCH + 100 - left, left)


# --- the story -------------------------------------------------------------------


async def live_through(town: Town, deaths: Chain) -> None:
    """A payment hangs and an agent answers the customer, whatever the service dies of on the way."""
    number = f"KILL-{next(_numbers)}"
    answer = ANSWERS.get(deaths[-1].partition(".")[0], answer_on_the_card)
    async with kept_alive(town, deaths) as to_come:
        await town.wecom.customer_writes()
        events = [*a_reachable_customer(number), news(number, "payment", "started", ago=timedelta(minutes=6))]
        await insist(lambda: town.report(*events))
        await until(lambda: is_told(town, number), "card and push", seconds=AT_LAST_SECONDS)
        await answer(town, number)
        await until(lambda: has_died(to_come), f"death of {deaths}", seconds=AT_LAST_SECONDS)
        await until(lambda: is_at_rest(town), "rest", seconds=AT_LAST_SECONDS)
        (case,) = await town.anomalies()
        assert await town.broken(grace=timedelta(seconds=5)) == []

    assert len(await town.wecom.customer_read(number)) == 1
    asked = [line for line in await town.wecom.lines() if number in line and "确认" in line]
    assert case["state"] == "replied" or asked
