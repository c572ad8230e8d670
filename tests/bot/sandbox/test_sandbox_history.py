"""Does the sandbox write down what it accepts, and nothing that it refuses?"""

from pathlib import Path

from bot.sandbox.server import Sandbox
from bot.witness import Seen, Sighting, Witness, sightings
from tests.bot.sandbox.harness import a_button_card, a_config, an_app, callback_url, connected

CUSTOMER = "wmLinXiaoman"


async def test_what_it_accepts_stands_in_the_history_in_the_order_of_its_acceptance(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    sandbox = Sandbox(a_config(), witness=Witness(file))
    async with sandbox.running(greet=True), callback_url(sandbox), an_app(sandbox) as app:
        async with connected(sandbox) as bot:
            pushed = await bot.push_card(a_button_card(task_id="in-the-group"))
        sent = await app.send_card(a_button_card(task_id="to-a-member"))
        again = await app.send_card(a_button_card(task_id="to-a-member", main_title={"title": "again"}))
        sandbox.fault("kf/send_msg", -1, times=1)
        sandbox.customer_says(CUSTOMER, "在吗")
        busy = await app.answer_customer(touser=CUSTOMER, msgid="m1")
        answered = await app.answer_customer(touser=CUSTOMER, msgid="m1")
        clicked = await sandbox.click("zhangsan", "to-a-member", "认领")

    assert (pushed["errcode"], sent["errcode"], answered["errcode"]) == (0, 0, 0)
    assert again["errcode"] != 0
    assert busy["errcode"] == -1
    assert clicked.delivery
    assert [(line.seen, line.id, line.to) for line in sightings(file)] == [
        (Seen.WATCHING, "wecom", ""),
        (Seen.CARD_ACCEPTED, "in-the-group", sandbox.group().key),
        (Seen.CARD_ACCEPTED, "to-a-member", "zhangsan"),
        (Seen.CUSTOMER_ACCEPTED, "m1", CUSTOMER),
        (Seen.CLICK_ACKED, clicked.delivery.handle, "zhangsan"),
    ]


def test_several_writers_add_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    at = Sandbox(a_config()).world.now()
    lines = [Sighting(at=at, seen=Seen.LEASE, id="socket", version=number) for number in range(4)]

    one, other = Witness(file), Witness(file)
    for number, line in enumerate(lines):
        (one, other)[number % 2].note(line)

    one.close()
    other.close()
    assert list(sightings(file)) == lines
