"""With which numbers does WeCom refuse? Page 90313, and wecom.md §3.2, §4.6, §8.6, §9.1."""

from enum import IntEnum


class Errcode(IntEnum):
    OK = 0
    BUSY = -1
    BAD_SECRET = 40001
    BAD_MEDIA_ID = 40007
    BAD_MSGTYPE = 40008
    BAD_CORP_ID = 40013
    BAD_TOKEN = 40014
    BAD_AGENT_ID = 40056
    BAD_PARAMETER = 40058
    """Invalid JSON, value too long, array too long, required value empty, GET instead of POST."""
    EMPTY_PARAMETER = 40063
    BAD_EXTERNAL_USERID = 40096
    NO_TOKEN = 41001
    NO_CORP_ID = 41002
    NO_SECRET = 41004
    NO_MEDIA = 41006
    NO_URL = 41010
    NO_AGENT_ID = 41011
    TOKEN_EXPIRED = 42001
    BAD_TASK_ID = 42014
    OTHER_APP = 42015
    KEYNAME_MISSING = 42027
    URL_MISSING = 42028
    MEDIA_ID_MISSING = 42029
    APPID_MISSING = 42030
    BAD_CARD_TYPE = 42031
    TITLE_MISSING = 42033
    HORIZONTAL_LENGTH = 42035
    VERTICAL_LENGTH = 42036
    OPTIONS_LENGTH = 42037
    BUTTON_TEXT = 42038
    BUTTON_KEY = 42039
    OPTION_ID = 42040
    OPTION_TEXT = 42041
    JUMPS_LENGTH = 42042
    QUESTION_KEY = 42043
    CARD_IMAGE_URL = 42044
    CARD_ACTION = 42045
    SUBMIT_KEY = 42046
    SELECTS_LENGTH = 42047
    SUBMIT_TEXT = 42049
    USERID_MISSING = 42050
    MENU_KEY_TWICE = 42051
    RECALL_TOO_LATE = 42052
    NO_CALLBACK_URL = 43012
    EMPTY_TEXT = 44004
    TOO_LONG = 45002
    TOO_OFTEN = 45009
    URL_WITHOUT_SCHEME = 45034
    NOT_THIS_APP = 301002
    NOBODY_VALID = 81013
    NO_TARGET = 82001
    TOO_MANY_PARTIES = 82002
    TOO_MANY_TAGS = 82003
    BAD_WEBHOOK = 93000
    CHAT_FORBIDDEN = 93001
    BAD_CHAT = 93006
    EMPTY_CONTENT = 93017
    IMAGE_TOO_BIG = 93018
    BAD_KFID = 95000
    KF_COUNT = 95001
    KF_TOO_LATE = 95002
    KFID_UNKNOWN = 95004
    BAD_SYNC_TOKEN = 95007
    NOT_A_SERVICER = 95014
    TRANSITION_REFUSED = 95016
    SESSION_FORBIDS = 95018
    BAD_REQ_ID = 846605
    BOT_TOO_OFTEN = 846607
    STREAM_EXPIRED = 846608
    NOT_SUBSCRIBED = 846609
    BAD_BOT_SECRET = 853000


class Refused(Exception):  # noqa: N818 - WeCom's word for it
    """WeCom refuses the call."""

    def __init__(self, errcode: int, errmsg: str, *, field: str = "") -> None:
        super().__init__(f"{errcode}: {errmsg}")
        self.errcode = int(errcode)
        self.errmsg = errmsg
        self.field = field
