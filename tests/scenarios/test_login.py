"""Logging in with WeCom: whoever comes back is who WeCom says, from where they began, once (S-15)."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from yarl import URL

from bot.settings import Wecom
from bot.wecom.logins import login_page
from tests.deployment import Deployment
from tests.scenarios.pages import own_link
from tests.scenarios.shop import CHEN, Shop, a_shop

HOST = "http://dingdan.test"
CLIENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) MicroMessenger/8.0 wxwork/4.1.36 MicroMessenger/7.0.1"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0"
SESSION, LOGIN = "dingdan_session", "dingdan_login"


@dataclass(slots=True, kw_only=True)
class Browser:
    """Somebody's browser; redirects are followed by hand."""

    shop: Shop
    http: aiohttp.ClientSession
    status: int = 0
    text: str = ""
    location: str = ""

    async def goes(self, address: str) -> None:
        """To one of our pages, by whatever name the outside knows us, or to WeCom's."""
        address = address.replace(HOST, self.shop.address, 1)
        if address.startswith("/"):
            address = self.shop.address + address
        async with self.http.get(address, allow_redirects=False) as response:
            self.status, self.text = response.status, unescape(await response.text())
            self.location = response.headers.get("Location", "")

    async def begins(self, path: str = "") -> str:
        """The login, up to WeCom's page; its address."""
        await self.goes(f"/login{path}")
        assert self.status == 302
        return self.location

    async def is_sent_back(self, page: str, userid: str) -> str:
        """WeCom's page lets somebody in; the address to come back to."""
        await self.goes(
            page.replace("#wechat_redirect", f"&as={userid}") if "#" in page else f"{page}&as={userid}"
        )
        assert self.status == 302
        return self.location

    async def logs_in(self, userid: str, path: str = "") -> None:
        """All of it."""
        await self.goes(await self.is_sent_back(await self.begins(path), userid))

    @property
    def cookies(self) -> Mapping[str, str]:
        """What the browser keeps for us."""
        return {cookie.key: cookie.value for cookie in self.http.cookie_jar}


@asynccontextmanager
async def a_browser(shop: Shop, agent: str = CLIENT) -> AsyncGenerator[Browser]:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"User-Agent": agent}) as http:
        yield Browser(shop=shop, http=http)


@pytest.fixture
async def shop(deployment: Deployment) -> AsyncIterator[Shop]:
    async with a_shop(deployment, DINGDAN_HTTP__PUBLIC_URL=HOST) as shop:
        yield shop


@pytest.fixture
async def browser(shop: Shop) -> AsyncIterator[Browser]:
    async with a_browser(shop) as browser:
        yield browser


# --- in ----------------------------------------------------------------------------------


async def test_a_member_logs_in_within_the_client_and_is_where_they_wanted_to_be(
    shop: Shop, browser: Browser
) -> None:
    await shop.stage("DB1", "payment", "started")
    await shop.passes(minutes=6)
    (case,) = await shop.anomalies()
    await browser.goes(f"/a/{case['id']}")
    assert browser.status == 401
    assert f'href="/login?next=/a/{case["id"]}"' in browser.text

    await browser.logs_in("zhangsan", f"?next=/a/{case['id']}")

    assert (browser.status, browser.location) == (303, f"/a/{case['id']}")
    await browser.goes(browser.location)
    assert browser.status == 200
    assert "张三" in browser.text
    (line,) = await shop.rows("SELECT actor, detail FROM audit_trail WHERE deed = 'session.begun'")
    assert (line["actor"], line["detail"]) == ("zhangsan", '{"by": "wecom"}')


async def test_at_a_desk_the_qr_page_is_shown(shop: Shop) -> None:
    async with a_browser(shop, DESK) as browser:
        page = await browser.begins()
        assert urlsplit(page).path == "/wwlogin/sso/login"
        assert parse_qs(urlsplit(page).query)["login_type"] == ["CorpApp"]
        await browser.goes(await browser.is_sent_back(page, "lisi"))
        await browser.goes(browser.location)
        assert "李四" in browser.text


@pytest.mark.parametrize("official", ["https://qyapi.weixin.qq.com", "https://qyapi.weixin.qq.com/"])
def test_wecom_s_own_pages_are_on_hosts_of_their_own(official: str) -> None:
    settings = Wecom(api_base=official, corp_id="ww1", agent_id=1000002)
    back = "https://dd.example.com/login/wecom"
    encoded = "https%3A%2F%2Fdd.example.com%2Flogin%2Fwecom"

    assert login_page(settings, back, "S", inside=True) == (
        f"https://open.weixin.qq.com/connect/oauth2/authorize?appid=ww1&agentid=1000002&redirect_uri={encoded}"
        "&state=S&response_type=code&scope=snsapi_base#wechat_redirect"
    )
    assert login_page(settings, back, "S", inside=False) == (
        f"https://login.work.weixin.qq.com/wwlogin/sso/login?appid=ww1&agentid=1000002&redirect_uri={encoded}"
        "&state=S&login_type=CorpApp"
    )


# --- the eight ways in which it must fail ------------------------------------------------------


async def test_1_a_state_is_random_letters_and_digits_and_bound_to_the_browser(
    shop: Shop, browser: Browser
) -> None:
    states = [parse_qs(urlsplit(await browser.begins()).query)["state"][0] for _ in range(20)]
    assert len(set(states)) == 20
    assert all(len(state) == 32 and state.isascii() and state.isalnum() for state in states)
    back = await browser.is_sent_back(await browser.begins(), "zhangsan")

    async with a_browser(shop) as foreign:
        await foreign.goes(back)
        assert (foreign.status, "重新登录" in foreign.text) == (400, True)
        assert SESSION not in foreign.cookies


async def test_2_without_a_state_nobody_is_let_in(browser: Browser) -> None:
    back = await browser.is_sent_back(await browser.begins(), "zhangsan")
    code = parse_qs(urlsplit(back).query)["code"][0]

    await browser.goes(f"/login/wecom?code={code}")
    assert browser.status == 400
    assert SESSION not in browser.cookies


async def test_3_the_state_of_somebody_else_logs_nobody_in(shop: Shop, browser: Browser) -> None:
    async with a_browser(shop) as attacker:
        theirs = await attacker.is_sent_back(await attacker.begins(), "lisi")
    await browser.begins()

    await browser.goes(theirs)
    assert browser.status == 400
    assert SESSION not in browser.cookies


async def test_4_a_state_lives_ten_minutes(shop: Shop, browser: Browser) -> None:
    page = await browser.begins()
    await shop.passes(minutes=10, seconds=1)

    await browser.goes(await browser.is_sent_back(page, "zhangsan"))
    assert (browser.status, SESSION in browser.cookies) == (400, False)
    page = await browser.begins()
    await shop.passes(minutes=9, seconds=59)
    await browser.goes(await browser.is_sent_back(page, "zhangsan"))
    assert browser.status == 303


async def test_5_a_state_works_once_though_its_cookie_was_kept(shop: Shop, browser: Browser) -> None:
    page = await browser.begins()
    kept = browser.cookies[LOGIN]
    await browser.goes(await browser.is_sent_back(page, "zhangsan"))
    assert browser.status == 303
    assert LOGIN not in browser.cookies
    again = await browser.is_sent_back(page, "zhangsan")

    async with a_browser(shop) as other:
        other.http.cookie_jar.update_cookies({LOGIN: kept}, URL(shop.address))
        await other.goes(again)
        assert (other.status, SESSION in other.cookies) == (400, False)


async def test_6_a_code_works_once(browser: Browser) -> None:
    back = await browser.is_sent_back(await browser.begins(), "zhangsan")
    await browser.goes(back)
    used = parse_qs(urlsplit(back).query)["code"][0]
    state = parse_qs(urlsplit(await browser.begins()).query)["state"][0]

    await browser.goes(f"/login/wecom?code={used}&state={state}")
    assert (browser.status, "重新登录" in browser.text) == (400, True)


async def test_7_every_login_is_a_new_session_whatever_the_browser_brought(
    shop: Shop, browser: Browser
) -> None:
    await browser.logs_in("zhangsan")
    first = browser.cookies[SESSION]
    await browser.logs_in("zhangsan")
    second = browser.cookies[SESSION]
    await browser.goes(await own_link(shop, "lisi"))
    planted = browser.cookies[SESSION]
    await browser.logs_in("zhangsan")

    assert len({first, second, planted, browser.cookies[SESSION]}) == 4
    await browser.goes("/")
    assert "张三" in browser.text


NOT_OURS = (
    "https://evil.example.com",
    "//evil.example.com",
    "/\\evil.example.com",
    "/a/../login",
    "/a/x?next=//evil",
    "/a/x%0d%0aSet-Cookie:a=b",
    "/login",
    "javascript:alert(1)",
    "/wecom/callback",
    "",
)


async def test_8_a_login_leads_to_no_page_but_ours(browser: Browser) -> None:
    for wanted in NOT_OURS:
        page = await browser.begins(f"?next={wanted}")
        await browser.goes(await browser.is_sent_back(page, "zhangsan"))
        assert (browser.status, browser.location) == (303, "/"), wanted


async def test_the_sidebar_is_one_of_our_pages(browser: Browser) -> None:
    await browser.logs_in("zhangsan", "?next=/wecom/sidebar")
    assert browser.location == "/wecom/sidebar"


# --- who is not let in -----------------------------------------------------------------------


async def test_a_customer_is_told_that_they_are_no_member(shop: Shop, browser: Browser) -> None:
    shop.wecom.fault("auth/getuserinfo", "invaliduser")
    await browser.logs_in(CHEN)
    assert (browser.status, "不是本企业的成员" in browser.text) == (403, True)
    assert SESSION not in browser.cookies


async def test_a_colleague_who_is_not_on_the_roster_is_told_so(browser: Browser) -> None:
    await browser.logs_in("qianqi")
    assert (browser.status, "不在值班名单" in browser.text) == (403, True)
    assert SESSION not in browser.cookies


async def test_somebody_without_a_code_is_told_to_agree(browser: Browser) -> None:
    state = parse_qs(urlsplit(await browser.begins()).query)["state"][0]
    await browser.goes(f"/login/wecom?state={state}")
    assert (browser.status, "没有给出登录码" in browser.text) == (400, True)


# --- when WeCom does not tell ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        ("5xx", 503, "没有回应"),
        (60020, 502, "企业可信 IP"),
        (50001, 502, "可信域名"),
        (40029, 400, "只能用一次"),
    ],
)
async def test_what_wecom_refuses_is_explained(
    shop: Shop, browser: Browser, fault: str | int, status: int, words: str
) -> None:
    shop.wecom.fault("auth/getuserinfo", fault)
    await browser.logs_in("zhangsan")
    assert (browser.status, words in browser.text) == (status, True)
    assert SESSION not in browser.cookies


async def test_without_a_public_address_nobody_is_offered_a_login(deployment: Deployment) -> None:
    async with a_shop(deployment) as shop, a_browser(shop) as browser:
        await browser.goes("/")
        assert "/login" not in browser.text
        await browser.goes("/login")
        assert (browser.status, "DINGDAN_HTTP__PUBLIC_URL" in browser.text) == (404, True)
        await browser.goes("/login/wecom?code=x&state=y")
        assert browser.status == 400


async def test_over_https_the_cookies_are_this_host_s_alone(deployment: Deployment) -> None:
    async with a_shop(deployment, DINGDAN_HTTP__PUBLIC_URL="https://dingdan.test") as shop:
        async with shop.http.get(f"{shop.address}/login", allow_redirects=False) as response:
            (cookie,) = response.headers.getall("Set-Cookie")
        assert cookie.startswith("__Host-dingdan_login=")
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {
            part.strip() for part in cookie.split(";")
        }
