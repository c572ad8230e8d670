"""Where does somebody log in with WeCom, from inside its client and from a desk?"""

from urllib.parse import urlencode

from bot.settings import OFFICIAL_API, Wecom

INSIDE = "wxwork"
"""Part of the User-Agent of WeCom's own browser, in any letter case."""


def login_page(settings: Wecom, back: str, state: str, *, inside: bool) -> str:
    """The page that sends people to `back` with `code` and `state`.

    Inside WeCom's client it asks nobody anything (page 96714); elsewhere it shows a QR code for the phone. WeCom
    serves these pages on hosts of their own; whatever else stands in for its API serves them itself.
    """
    official = settings.api_base.rstrip("/") == OFFICIAL_API
    given = {"appid": settings.corp_id, "agentid": settings.agent_id, "redirect_uri": back, "state": state}
    if inside:
        base = "https://open.weixin.qq.com" if official else settings.api_base.rstrip("/")
        query = urlencode({**given, "response_type": "code", "scope": "snsapi_base"})
        return f"{base}/connect/oauth2/authorize?{query}#wechat_redirect"
    base = "https://login.work.weixin.qq.com" if official else settings.api_base.rstrip("/")
    return f"{base}/wwlogin/sso/login?{urlencode({**given, 'login_type': 'CorpApp'})}"
