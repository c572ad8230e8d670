"""The first one comes in where nobody can log in with WeCom: a link on the terminal, good once, and in no log."""

import json
import re
from pathlib import Path

import aiohttp
import pytest

from tests.processes.commands import Running, command, free_port, until

pytestmark = pytest.mark.processes

ROSTER = "members: [{userid: wangwu, name: 王五, roles: [agent, lead, manager]}]\nfallback: wangwu\n"
LINK = re.compile(r"打开 (http://127\.0\.0\.1:\d+/l/\S+)（一次有效，10 分钟内）")


async def says(service: Running, words: str) -> None:
    """Wait until it does."""

    async def is_said() -> bool:
        return words in service.output()

    await until(is_said, words)


async def opens(link: str) -> int:
    """What a browser that has been nowhere gets, after the redirects."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser, browser.get(link) as page:
        return page.status


async def test_a_service_for_eyes_shows_a_link_and_the_doctor_another(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER, "utf-8")
    port = free_port()
    environment = {
        "DINGDAN_HTTP__PORT": str(port),
        "DINGDAN_HTTP__HOST": "0.0.0.0",
        "DINGDAN_ROSTER_FILE": "roster.yaml",
        "DINGDAN_LOG__FORMAT": "console",
    }
    async with command(tmp_path, "serve", environment=environment) as service:
        await says(service, "一次有效")
        link = LINK.findall(service.output())[0]
        assert [await opens(link), await opens(link)] == [200, 401]

        async with command(tmp_path, "doctor", "--login", "wangwu", environment=environment) as doctor:
            assert await doctor.exit_code() == 0
        (again,) = LINK.findall(doctor.output())
        assert [await opens(again), await opens(again)] == [200, 401]


async def test_no_link_is_in_a_log_that_is_collected(tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text(ROSTER, "utf-8")
    environment = {"DINGDAN_HTTP__PORT": "0", "DINGDAN_ROSTER_FILE": "roster.yaml"}
    async with command(tmp_path, "serve", environment=environment) as service:
        await says(service, "service.started")
        assert await service.stop() == 0

    assert "/l/" not in service.output()
    assert all(json.loads(line) for line in service.output().splitlines())
