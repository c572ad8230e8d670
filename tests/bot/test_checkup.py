"""Does the doctor say which of our settings WeCom does not agree with, and what to do about it?"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.clock import ManualClock
from bot.doctor import examine
from bot.findings import Finding
from bot.sandbox.config import SandboxConfig
from bot.sandbox.server import Sandbox
from bot.settings import Settings, load
from tests.databases import sqlite_url

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
MEMBERS = {"zhangsan": "张三", "lisi": "李四", "wangwu": "王五", "zhaoliu": "赵六"}
ROSTER: Mapping[str, Any] = {
    "members": [{"userid": userid, "name": name, "roles": ["agent"]} for userid, name in MEMBERS.items()],
    "fallback": "wangwu",
}


@dataclass(slots=True, kw_only=True)
class Clinic:
    """A corp in which everything is as it should be, until a test changes something."""

    wecom: Sandbox
    folder: Path
    roster: Mapping[str, Any] = field(default_factory=lambda: ROSTER)
    settings: dict[str, str] = field(default_factory=dict[str, str])

    async def findings(self) -> dict[str, Finding]:
        """What the doctor finds, by what it is about."""
        return {finding.about: finding async for finding in examine(self._settings(), NOW)}

    def _settings(self) -> Settings:
        file = self.folder / "roster.yaml"
        file.write_text(yaml.safe_dump(dict(self.roster), allow_unicode=True), "utf-8")
        given = {"DINGDAN_DATABASE_URL": sqlite_url(self.folder), "DINGDAN_ROSTER_FILE": str(file)}
        return load({**self.wecom.environment(), **given, **self.settings})


@asynccontextmanager
async def a_clinic(folder: Path, **config: Any) -> AsyncGenerator[Clinic]:
    given: dict[str, Any] = {"members": MEMBERS, **config}
    sandbox = Sandbox(SandboxConfig(**given), clock=ManualClock(NOW))
    async with sandbox.running() as wecom:
        yield Clinic(wecom=wecom, folder=folder)


async def test_a_corp_in_order_has_nothing_to_mend(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        found = await clinic.findings()
    for about in ("企业微信应用", "应用", "名册对企业微信", "微信客服"):
        assert found[about].ok is True, found[about]
    assert "4 人" in found["名册对企业微信"].said
    assert "部门与标签" not in found


async def test_each_member_that_wecom_does_not_know_or_show_is_named_with_the_mend(tmp_path: Path) -> None:
    async with a_clinic(tmp_path, visible=frozenset({"zhangsan", "lisi", "zhaoliu", "qianqi"})) as clinic:
        stranger = {"userid": "nobody", "name": "没有", "roles": ["agent"]}
        clinic.roster = {**ROSTER, "members": [*ROSTER["members"], stranger]}
        clinic.wecom.staff.change("lisi", status=2)
        clinic.wecom.staff.change("zhaoliu", status=4)
        found = (await clinic.findings())["名册对企业微信"]
    assert found.ok is False
    told = dict(part.split("：", 1) for part in found.said.split("；"))
    assert told["已离职或账号不存在"].startswith("nobody（名册里的 userid 要与")
    assert told["已禁用"].startswith("lisi（")
    assert told["不在应用的可见范围"].startswith("wangwu（管理后台")
    assert told["还没激活企业微信"].startswith("zhaoliu（")


async def test_a_department_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    async with a_clinic(
        tmp_path,
        departments={2: "客服部", 3: "仓库", 4: "仓库"},
        staff_departments={"zhangsan": (2,), "lisi": (2,)},
        tags={7: ("值班", frozenset({"lisi"}))},
    ) as clinic:
        lines = [{"department": "客服部", "roles": ["agent"]}, {"tag": "值班", "roles": ["lead"]}]
        clinic.roster = {**ROSTER, "members": [*ROSTER["members"], *lines]}
        found = (await clinic.findings())["部门与标签"]
        assert (found.ok, found.said) == (True, "客服部 2 人、值班 1 人")

        faulty = [{"department": "客户部", "roles": ["agent"]}, {"department": "仓库", "roles": ["agent"]}]
        clinic.roster = {**ROSTER, "members": [*ROSTER["members"], *faulty, {"tag": 8, "roles": ["lead"]}]}
        found = (await clinic.findings())["部门与标签"]
        assert found.ok is False
        assert "'客户部'" in found.said
        assert "客服部 (2)" in found.said
        assert "3, 4" in found.said
        assert "'8'" in found.said


@pytest.mark.parametrize(
    ("errcode", "mend"), [(60020, "企业可信 IP"), (48002, "接口权限"), (50003, "启用它")]
)
async def test_a_refusal_of_wecom_is_explained_once_and_ends_the_questions(
    tmp_path: Path, errcode: int, mend: str
) -> None:
    async with a_clinic(tmp_path) as clinic:
        clinic.wecom.fault("agent/get", errcode)
        found = await clinic.findings()
    assert (found["应用"].ok, str(errcode) in found["应用"].said) == (False, True)
    assert mend in found["应用"].said
    assert "名册对企业微信" not in found


async def test_without_a_token_nothing_else_is_asked(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        clinic.settings["DINGDAN_WECOM__SECRET"] = "wrong"
        found = await clinic.findings()
    assert (found["企业微信应用"].ok, "Secret" in found["企业微信应用"].said) == (False, True)
    assert "应用" not in found


async def test_a_kf_account_that_the_app_may_not_use_is_named_with_those_it_may(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        clinic.settings["DINGDAN_KF__OPEN_KFID"] = "wkOther"
        found = (await clinic.findings())["微信客服"]
        assert (found.ok, clinic.wecom.config.open_kfid in found.said) == (False, True)
        clinic.wecom.fault("kf/account/list", 48007)
        found = (await clinic.findings())["微信客服"]
        assert (found.ok, "可调用接口的应用" in found.said) == (False, True)


async def test_a_public_host_that_is_no_trusted_domain_is_advice(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        clinic.settings["DINGDAN_HTTP__PUBLIC_URL"] = "http://127.0.0.1:9"
        found = await clinic.findings()
    assert found["应用"].ok is None
    assert "可信域名" in found["应用"].said
    assert "127.0.0.1:9" in found["应用"].said


@asynccontextmanager
async def a_host(answer: str) -> AsyncGenerator[str]:
    """Somebody who answers every request with this; where."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("HTTP/1.1 401 Unauthorized\r\nContent-Length: 13\r\n\r\nnot authentic", "别的 Token"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "HTTP 404"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "不像盯单"),
    ],
)
async def test_a_callback_address_of_somebody_else_is_told(tmp_path: Path, answer: str, said: str) -> None:
    async with a_clinic(tmp_path) as clinic, a_host(answer) as address:
        clinic.settings["DINGDAN_HTTP__PUBLIC_URL"] = address
        found = (await clinic.findings())["回调地址"]
    assert (found.ok, said in found.said) == (False, True), found


async def test_a_callback_address_that_cannot_be_reached_from_here_is_advice(tmp_path: Path) -> None:
    async with a_clinic(tmp_path) as clinic:
        clinic.settings["DINGDAN_HTTP__PUBLIC_URL"] = "http://127.0.0.1:9"
        found = (await clinic.findings())["回调地址"]
    assert (found.ok, "从本机连不上" in found.said) == (None, True)
