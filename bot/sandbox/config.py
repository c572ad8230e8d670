"""Who lives in this sandbox, with which secrets, and how unkind is it? Frozen; the defaults are the unkind ones."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bot.sandbox.errcodes import Errcode
from bot.wecom.crypto import CallbackCrypto


class TokenRepeat(StrEnum):
    """What a second gettoken gives while the first token lives (91039; the sentence left the page in 2024)."""

    SAME = "same"
    """The same token again."""
    FRESH = "fresh"
    """Another token; the first one stays good."""
    FRESH_ONLY = "fresh_only"
    """Another token, and the first one is invalid from now on."""


class MassCap(StrEnum):
    """How often a customer may get a mass message (92135)."""

    MONTH = "month"
    """As often as the month has days."""
    WEEK = "week"
    """Seven times a week."""
    DAY = "day"
    """Once a day."""


class SidebarAnswer(StrEnum):
    """What the employee's client does with ww.sendChatMessage (§9.3)."""

    OK = "ok"
    """Sends, and says so."""
    NO_PERMISSION = "no_permission"
    """Refuses; nothing is sent."""
    CANCEL = "cancel"
    """The employee thinks better of it; nothing is sent."""
    SILENT = "silent"
    """Nothing is sent, and no answer ever comes."""
    SENT_IN_SILENCE = "sent_in_silence"
    """It is sent, and no answer ever comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """Every reading that the documentation leaves open (marks [?] and [M] of wecom.md), and the protocol's waits."""

    seed: int = 0
    """Of the dice behind faults with a probability."""

    token_repeat: TokenRepeat = TokenRepeat.FRESH_ONLY
    token_seconds: float = 7200

    wrong_secrets: int = 100
    """Wrong secrets in an hour, after which their address is blocked for an hour; a forum says 2000 (§13.14)."""
    gettokens_per_minute: int = 100
    """From one address; unpublished."""
    caller_trusted: bool = True
    """Whether the caller's address is in the app's list of trusted ones; else 60020."""
    app_disabled: bool = False
    """50003 on every call."""
    api_per_minute: int = 10_000
    api_per_hour: int = 150_000
    api_concurrent: int = 200
    """Calls of one API at the same time, then 45033; unpublished."""

    app_per_minute: int = 30
    app_per_hour: int = 1000
    app_accounts: int = 1000
    """Accounts of the corp: times 200 is the app's number of person-times per day, then 45009."""
    duplicate_task_id: int = Errcode.BAD_TASK_ID
    """The code for a task_id that was used before (wecom.md §13.1: nobody knows the number)."""
    callback_needed: bool = True
    """43012 for a card that calls back while no callback URL is set."""
    textcard_in_bytes: bool = True
    """Whether title and description of a textcard are measured in bytes, not characters (§4.3 [M])."""
    foreign_fields_refused: bool = True
    """40058 for a field that a card of this type or product does not have; otherwise it is ignored."""
    menu_actions_most: int = 3
    """action_menu.action_list: 3 on the sending page, 10 on the page of passive updates (§13.10)."""
    spent_code: int = Errcode.BAD_PARAMETER
    """The code for a used, expired or unknown response_code (§13.1)."""
    refused_update_spends: bool = True
    """Whether an update that is refused for its content has used up its response_code or its req_id."""

    callback_attempts: int = 3
    callback_seconds: float = 5
    callback_pause_seconds: float = 0
    """Between two attempts; unpublished (§13.2)."""
    callback_retries_status: bool = False
    """Whether an answer other than 200 is tried again (90238) or lost (90930)."""
    callback_copies: int = 1
    """How often each callback is delivered, encrypted anew each time."""
    callback_reorder_seconds: float = 0
    """Collect callbacks for so long and deliver them last first; 0 delivers at once."""
    verify_seconds: float = 1

    bot_per_minute: int = 30
    bot_per_hour: int = 1000
    bot_uploads_per_minute: int = 30
    bot_uploads_per_hour: int = 1000
    stream_with_card: bool = False
    """Whether a long connection takes stream_with_template_card (§13.4)."""
    updates_count: bool = False
    """Whether card updates count as messages of their conversation. Off: an update sends no message."""
    answer_seconds: float = 5
    """To answer a card click or an enter_chat event; real time."""
    silent_link_seconds: float = 65
    """After which a link without a frame is closed; unpublished, clients ping every 30 s (§13.5)."""
    stream_minutes: float = 6
    """Until a stream must be finished: 6 by page 101463, 10 by a later revision (§13.3)."""
    ungreeted_chat: int = Errcode.BAD_CHAT
    """A chat that nobody greeted: 93006, or 93001 (§13.7)."""
    offline_frames_wait: bool = False
    """Whether messages to the bot wait for its next connection or are lost (§13.5). Card clicks are always lost."""
    open_userids: bool = False
    """Whether the bot sees encrypted ids (§13.6). Off, because plain ids are what in-house bots report."""

    appchat_per_minute: int = 200
    appchat_per_day: int = 10_000
    """Per member and app; what is more is dropped without a word."""
    appchat_person_times_per_minute: int = 20_000

    webhook_per_minute: int = 20
    webhook_card_type: int = Errcode.BAD_CARD_TYPE
    """The code for an interactive card on a webhook: 42031, or 40058 (§13.1)."""

    kf_messages: int = 5
    kf_hours: float = 48
    kf_back_to_assistant: bool = False
    """Whether a session may go from a human back to the assistant (§13.11); the table does not list it."""
    repeated_msgid: int = Errcode.BAD_PARAMETER
    """The code for a msgid that this account has used before; nobody knows the number."""
    spent_event_code: int = Errcode.BAD_SYNC_TOKEN
    """The code for a welcome_code or msg_code of 微信客服 that is used, too old or unknown."""
    sync_token_seconds: float = 600
    syncs_without_token_per_minute: int = 20
    """The "strict" limit of a pull without the callback's token; unpublished."""
    sync_empty_pages: bool = True
    """Whether a pull may give an empty page with has_more=1 before the messages."""

    list_id_needs_contacts_secret: bool = True
    """Whether user/list_id is for the secret of 通讯录同步 alone (§10.2 [M])."""

    sidebar_entry: str = "single_chat_tools"
    """From where a page was opened, as getContext tells it."""
    sidebar_answer: SidebarAnswer = SidebarAnswer.OK

    contact_permitted: bool = True
    """Whether the app may use customer contact; else 48002."""
    mass_cap: MassCap = MassCap.MONTH
    mass_dispatch_seconds: float = 5
    """After its creation a mass message gives 41063; unpublished."""
    spent_welcome_code: int = Errcode.BAD_PARAMETER
    """The code for a welcome_code that is used, unknown or older than 20 s."""


def _random_id(prefix: str) -> str:
    return prefix + secrets.token_hex(8)


def _random_secret() -> str:
    return secrets.token_urlsafe(32)


def _random_aes_key() -> str:
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43))


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """One corp with one self-built app, one 智能机器人 and one 微信客服 account. What is not given is drawn."""

    corp_id: str = field(default_factory=lambda: _random_id("ww"))
    agent_id: int = 1000002
    secret: str = field(default_factory=_random_secret, repr=False)
    callback_token: str = field(default_factory=lambda: _random_id(""), repr=False)
    aes_key: str = field(default_factory=_random_aes_key, repr=False)
    callback_url: str | None = None

    bot_id: str = field(default_factory=lambda: _random_id("aib"))
    bot_secret: str = field(default_factory=_random_secret, repr=False)
    bot_name: str = "盯单"

    open_kfid: str = field(default_factory=lambda: _random_id("wk"))
    shop_name: str = "青禾家居旗舰店"

    kf_accounts: Mapping[str, str] = field(default_factory=dict[str, str])
    """open_kfid -> name of further 微信客服 accounts."""
    servicers: frozenset[str] | None = None
    """Userids who serve there; None: every member."""

    groups: Mapping[str, str] = field(default_factory=lambda: {_random_id("wr"): "订单异常处理群"})
    """chatid -> title; case-sensitive."""
    webhooks: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    """key -> chatid of one of `groups`; empty: one drawn key for the first group."""
    members: Mapping[str, str] | None = None
    """userid -> name of everybody in the corp; None: any userid is valid."""
    names: Mapping[str, str] = field(
        default_factory=lambda: {"zhangsan": "张三", "lisi": "李四", "wangwu": "王五"}
    )
    """userid -> name for show, where `members` is None."""
    departments: Mapping[int, str] = field(default_factory=dict[int, str])
    """id -> name; the root, 1, is always there."""
    department_parents: Mapping[int, int] = field(default_factory=dict[int, int])
    """id -> id of the department above; the root where nothing is said."""
    staff_departments: Mapping[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    """userid -> departments, the main one first; the root where nothing is said."""
    tags: Mapping[int, tuple[str, frozenset[str]]] = field(
        default_factory=dict[int, tuple[str, frozenset[str]]]
    )
    """id -> name and userids."""
    foreign_tags: frozenset[int] = frozenset()
    """Tags that another app has made."""
    visible: frozenset[str] | None = None
    """The app's visible range; None: the whole corp."""
    trusted_hosts: frozenset[str] | None = None
    """Hosts, with the port where it is none of the usual, to which a login may lead back; None: any."""
    shifts: Mapping[str, Mapping[date, tuple[int, int]]] = field(
        default_factory=dict[str, Mapping[date, tuple[int, int]]]
    )
    """userid -> day -> begin and end of the shift, in seconds of the day."""
    unlicensed: frozenset[str] = frozenset()
    """Members without a basic API licence."""
    customers: Mapping[str, str] | None = None
    """external_userid -> name of everybody who may write; None: anybody."""
    customer_names: Mapping[str, str] = field(default_factory=lambda: {"wmLinXiaoman": "林小满"})
    """external_userid -> name for show, where `customers` is None."""
    friends: Mapping[str, frozenset[str]] | None = None
    """userid -> external_userids of that employee's customers; None: everybody knows everybody."""
    contact_members: frozenset[str] | None = None
    """Members with the customer-contact function whom the app may see; None: all."""
    customer_groups: Mapping[str, str] = field(default_factory=dict[str, str])
    """chat_id of a group with customers -> userid of its owner."""
    sidebar_page: str = ""
    """Address of the page that the sandbox's own page offers beside a customer's chat."""
    contacts_secret: str = field(default_factory=_random_secret, repr=False)
    """Of 通讯录同步."""
    other_apps: Mapping[int, str] = field(default_factory=dict[int, str], repr=False)
    """agent id -> secret of further apps of the corp; they have no callback."""

    knobs: Knobs = Knobs()

    def __post_init__(self) -> None:
        if self.agent_id in self.other_apps or self.secret in self.other_apps.values():
            raise ValueError("each app has its own agent id and secret")
        for chat_id in self.webhooks.values():
            if chat_id not in self.groups:
                raise ValueError(f"a webhook leads to {chat_id}, which is none of the groups")
        self.crypto()

    def crypto(self) -> CallbackCrypto:
        """What seals the app's callbacks."""
        return CallbackCrypto(token=self.callback_token, aes_key=self.aes_key, receive_id=self.corp_id)

    def name_of(self, userid: str) -> str:
        """The member's or customer's name, else the id itself."""
        for names in (self.members or {}, self.names, self.customers or {}, self.customer_names):
            if userid in names:
                return names[userid]
        return userid
