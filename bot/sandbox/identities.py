"""Who is this sandbox, given the service's own settings? The same DINGDAN_* names; what is missing is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import urljoin

import yaml
from pydantic import SecretStr

from bot.sandbox.config import Knobs, SandboxConfig
from bot.settings import Settings

DRAWN_GROUP = "wrWebhook"
GROUP_TITLE = "订单异常处理群"
SIDEBAR = "/wecom/sidebar"
"""Where the service has its page for the chat sidebar."""


def config_from_settings(
    settings: Settings, *, callback_url: str | None = None, knobs: Knobs | None = None
) -> SandboxConfig:
    """Live under the ids and secrets that the service will use; any userid and any customer is valid."""
    roster = _roster(settings.roster_file)
    group = settings.aibot.group_chat_id
    groups = ({group: GROUP_TITLE} if group else {}) | roster.groups
    webhooks = _webhooks(settings, groups)
    given: dict[str, Any] = {
        "corp_id": settings.wecom.corp_id,
        "agent_id": settings.wecom.agent_id,
        "secret": _shown(settings.wecom.secret),
        "callback_token": _shown(settings.wecom.callback_token),
        "aes_key": _shown(settings.wecom.aes_key),
        "callback_url": callback_url,
        "sidebar_page": urljoin(callback_url, SIDEBAR) if callback_url else None,
        "bot_id": settings.aibot.bot_id,
        "bot_secret": _shown(settings.aibot.secret),
        "open_kfid": settings.kf.open_kfid,
        "groups": groups | dict(webhooks.values()),
        "webhooks": {key: chat_id for key, (chat_id, _) in webhooks.items()},
        "names": roster.names,
        "knobs": knobs,
    }
    return SandboxConfig(**{name: value for name, value in given.items() if value not in (None, "", {})})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Roster:
    names: dict[str, str] = field(default_factory=dict[str, str])
    """userid -> name."""
    groups: dict[str, str] = field(default_factory=dict[str, str])
    """chatid -> title."""


def _webhooks(settings: Settings, groups: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Key -> chatid and title; a group that is known by no chatid is drawn up for its webhook."""
    default = next(iter(groups.items()), (f"{DRAWN_GROUP}0", GROUP_TITLE))
    chat_ids = {title: chat_id for chat_id, title in groups.items()}
    found: dict[str, tuple[str, str]] = {}
    if key := _shown(settings.webhook.key):
        found[key] = default
    for number, (title, key) in enumerate(_mapping(settings.webhook.keys_file).items(), 1):
        found[str(key)] = (chat_ids.get(title, f"{DRAWN_GROUP}{number}"), title)
    return found


def _roster(file: Path | None) -> _Roster:
    """Names for the page. The service judges the file; here whatever can be read is good enough."""
    roster = _mapping(file)
    return _Roster(names=_names(roster.get("members")), groups=_groups(roster.get("groups")))


def _mapping(file: Path | None) -> Mapping[str, object]:
    try:
        read: object = yaml.safe_load(file.read_text("utf-8")) if file else None
    except (OSError, yaml.YAMLError):
        return {}
    return cast(Mapping[str, object], read) if isinstance(read, dict) else {}


def _names(members: object) -> dict[str, str]:
    if not isinstance(members, list):
        return {}
    entries = [
        cast(Mapping[str, object], one) for one in cast(list[object], members) if isinstance(one, dict)
    ]
    return {str(one["userid"]): str(one.get("name", one["userid"])) for one in entries if "userid" in one}


def _groups(groups: object) -> dict[str, str]:
    if not isinstance(groups, dict):
        return {}
    return {str(chat_id): str(title) for title, chat_id in cast(Mapping[str, object], groups).items()}


def _shown(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
