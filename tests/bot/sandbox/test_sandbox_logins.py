"""Do logins, tickets and the app's own data behave as wecom.md §9.3 and §10 say?"""

import hashlib
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.clock import ManualClock
from bot.sandbox.server import Sandbox
from tests.bot.sandbox.harness import CUSTOMER, App, a_sandbox, an_app, without_none

BACK = "https://dingdan.example/login/callback"
OTHER_SECRET = "other-secret"


async def enter(app: App, path: str = "connect/oauth2/authorize", **fields: Any) -> tuple[int, str]:
    """Open a login page; its status, and where it leads or what it says."""
    query = {
        "appid": app.sandbox.config.corp_id,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s1",
        "as": "lisi",
    }
    url = f"{app.sandbox.api_base}/{path}"
    params = without_none(query | fields)
    async with app.http.get(url, params=params, allow_redirects=False) as response:
        return response.status, response.headers.get("Location") or await response.text()


async def a_code(app: App, **fields: Any) -> str:
    status, location = await enter(app, **fields)
    assert status == 302, location
    return parse_qs(urlsplit(location).query)["code"][0]


async def who(app: App, code: str) -> dict[str, Any]:
    return await app.get("auth/getuserinfo", access_token=app.token, code=code)


async def test_10_1_a_member_comes_back_with_code_and_state(app: App) -> None:
    status, location = await enter(app)
    assert status == 302
    assert location.startswith(f"{BACK}?")
    query = parse_qs(urlsplit(location).query)
    assert query["state"] == ["s1"]
    answer = await who(app, query["code"][0])
    assert (answer["errcode"], answer["userid"]) == (0, "lisi")
    assert "user_ticket" not in answer


async def test_10_1_a_code_is_good_once_and_for_five_minutes(app: App, clock: ManualClock) -> None:
    code = await a_code(app)
    assert [(await who(app, code))["errcode"] for _ in range(2)] == [0, 42022]
    late = await a_code(app)
    clock.advance(timedelta(minutes=5))
    assert (await who(app, late))["errcode"] == 42003
    assert (await who(app, "made-up"))["errcode"] == 40029
    assert (await who(app, ""))["errcode"] == 41008


async def test_10_1_a_code_belongs_to_its_app() -> None:
    async with a_sandbox(other_apps={1000099: OTHER_SECRET}) as sandbox, an_app(sandbox) as app:
        code = await a_code(app, agentid="1000099")
        assert (await who(app, code))["errcode"] == 40029
        await app.log_in(OTHER_SECRET)
        assert (await who(app, code))["userid"] == "lisi"


async def test_10_1_private_info_needs_its_scope_and_a_ticket(app: App, clock: ManualClock) -> None:
    code = await a_code(app, scope="snsapi_privateinfo", agentid=str(app.agent_id))
    ticket = (await who(app, code))["user_ticket"]
    details = await app.call("auth/getuserdetail", {"user_ticket": ticket})
    assert (details["errcode"], details["userid"]) == (0, "lisi")
    assert (await app.call("auth/getuserdetail", {"user_ticket": "made-up"}))["errcode"] == 84015
    clock.advance(timedelta(seconds=1800))
    assert (await app.call("auth/getuserdetail", {"user_ticket": ticket}))["errcode"] == 84014


async def test_10_1_somebody_from_outside_has_no_userid(app: App) -> None:
    answer = await who(app, await a_code(app, **{"as": CUSTOMER}))
    assert answer["errcode"] == 0
    assert "userid" not in answer
    assert answer["external_userid"] == CUSTOMER


async def test_10_1_a_member_out_of_range_is_50002() -> None:
    async with a_sandbox(visible=frozenset({"zhangsan"})) as sandbox, an_app(sandbox) as app:
        assert (await who(app, await a_code(app)))["errcode"] == 50002


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"appid": "wwOther"}, "appid"),
        ({"response_type": "token"}, "response_type"),
        ({"scope": "snsapi_all"}, "scope"),
        ({"scope": "snsapi_privateinfo"}, "agentid"),
        ({"agentid": "7"}, "agentid"),
        ({"state": "s-1"}, "state"),
        ({"state": "s" * 129}, "state"),
        ({"redirect_uri": "/login"}, "redirect_uri"),
        ({"redirect_uri": "https://evil.example/"}, "50001"),
    ],
)
async def test_10_1_a_wrong_address_is_refused(fields: dict[str, str], words: str) -> None:
    async with (
        a_sandbox(trusted_hosts=frozenset({"dingdan.example"})) as sandbox,
        an_app(sandbox) as app,
    ):
        status, text = await enter(app, **fields)
        assert status == 400
        assert words in text


async def test_10_1_on_the_desktop_a_code_is_scanned(app: App) -> None:
    fields: dict[str, Any] = {
        "login_type": "CorpApp",
        "agentid": str(app.agent_id),
        "response_type": None,
        "scope": None,
    }
    status, location = await enter(app, "wwlogin/sso/login", **fields)
    assert status == 302
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert (await who(app, code))["userid"] == "lisi"
    for wrong in ({"login_type": None}, {"agentid": None}):
        assert (await enter(app, "wwlogin/sso/login", **(fields | wrong)))[0] == 400
    assert (await enter(app, "wwopen/sso/qrConnect", **fields))[0] == 302


async def test_who_is_not_named_is_asked_and_then_remembered(app: App) -> None:
    unnamed: dict[str, Any] = {"as": None}
    status, text = await enter(app, **unnamed)
    assert status == 200
    assert "张三" in text
    url = f"{app.sandbox.api_base}/connect/oauth2/authorize"
    query = {"appid": app.sandbox.config.corp_id, "redirect_uri": BACK, "response_type": "code"}
    chosen = query | {"scope": "snsapi_base", "as": "wangwu"}
    async with app.http.get(url, params=chosen, allow_redirects=False) as response:
        remembered = response.cookies["sandbox_member"].value
    app.http.cookie_jar.update_cookies({"sandbox_member": remembered})
    status, location = await enter(app, **unnamed)
    assert status == 302
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert (await who(app, code))["userid"] == "wangwu"


async def ticket(app: App, path: str = "get_jsapi_ticket", **query: str) -> dict[str, Any]:
    return await app.get(path, access_token=app.token, **query)


async def test_9_3_tickets_sign_the_page_they_were_made_for(app: App, sandbox: Sandbox) -> None:
    corp = await ticket(app)
    agent = await ticket(app, "ticket/get", type="agent_config")
    assert (corp["errcode"], corp["expires_in"], agent["errcode"]) == (0, 7200, 0)
    assert corp["ticket"] != agent["ticket"]
    assert (await ticket(app))["ticket"] == corp["ticket"]
    url = "https://dingdan.example/sidebar?a=1"

    def signed(text: str) -> dict[str, str]:
        string = f"jsapi_ticket={text}&noncestr=n&timestamp=1&url={url}"
        return {"timestamp": "1", "nonce": "n", "signature": hashlib.sha1(string.encode()).hexdigest()}

    tickets = sandbox.jsapi
    assert tickets.signs_config(f"{url}#top", **signed(corp["ticket"]))
    assert not tickets.signs_config(f"{url}&b=2", **signed(corp["ticket"]))
    assert tickets.signs_agent_config(app.agent_id, url, **signed(agent["ticket"]))
    assert not tickets.signs_agent_config(app.agent_id, url, **signed(corp["ticket"]))
    assert not tickets.signs_agent_config(7, url, **signed(agent["ticket"]))


async def test_9_3_a_ticket_lives_two_hours(app: App, sandbox: Sandbox, clock: ManualClock) -> None:
    first = (await ticket(app))["ticket"]
    clock.advance(timedelta(hours=2))
    await app.log_in()
    assert (await ticket(app))["ticket"] != first


async def test_3_3_tickets_are_rationed(app: App) -> None:
    asked = [(await ticket(app, "ticket/get", type="agent_config"))["errcode"] for _ in range(101)]
    assert asked == [0] * 100 + [45009]
    assert (await ticket(app))["errcode"] == 0
    assert (await ticket(app, "ticket/get", type="wx_card"))["errcode"] == 40058


async def test_3_2_the_app_can_be_asked_about_itself(app: App) -> None:
    about = await ticket(app, "agent/get", agentid=str(app.agent_id))
    assert (about["errcode"], about["agentid"]) == (0, app.agent_id)
    assert about["allow_partys"] == {"partyid": [1]}
    assert (await ticket(app, "agent/get"))["errcode"] == 41011
    assert (await ticket(app, "agent/get", agentid="7"))["errcode"] == 301002
    assert (await ticket(app, "getcallbackip"))["ip_list"] == ["127.0.0.1"]


async def test_10_3_the_check_in_rules_tell_who_is_on_duty() -> None:
    shifts = {"lisi": {date(2026, 3, 2): (32400, 64800), date(2026, 4, 1): (0, 28800)}}
    async with a_sandbox(shifts=shifts) as sandbox, an_app(sandbox) as app:
        start = 1772380800
        body: dict[str, Any] = {"useridlist": ["lisi", "zhangsan"], "starttime": start}
        path = "checkin/getcheckinschedulist"
        answer = await app.call(path, body | {"endtime": start + 31 * 86400})
        assert [(row["userid"], row["yearmonth"]) for row in answer["schedule_list"]] == [
            ("lisi", 202603),
            ("lisi", 202604),
        ]
        (day,) = answer["schedule_list"][0]["schedule"]["scheduleList"]
        section = day["schedule_info"]["time_section"][0]
        assert (day["day"], section["work_sec"], section["off_work_sec"]) == (2, 32400, 64800)
        refused: list[tuple[dict[str, Any], int]] = [
            ({"useridlist": []}, 301023),
            ({"useridlist": [f"u{n}" for n in range(101)]}, 301023),
            ({"endtime": start + 32 * 86400}, 301024),
            ({"endtime": start - 1}, 301024),
        ]
        for wrong, errcode in refused:
            assert (await app.call(path, body | {"endtime": start} | wrong))["errcode"] == errcode
