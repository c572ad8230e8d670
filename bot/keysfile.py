"""What may stand in the file of webhook keys? The name of a group, and its key."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, RootModel

_NAME = re.compile(r"[^\s|:][^|:]{0,63}")
_KEY = re.compile(r"[0-9A-Za-z_-]{8,128}")


def a_key(text: str) -> str:
    """The key, though the whole address was copied. Raises ValueError, without the text: it is a secret."""
    key = text.strip().rpartition("key=")[2]
    if not _KEY.fullmatch(key):
        raise ValueError("write what follows key= in the address of the group's 消息推送")
    return key


def _a_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("the name of a group has 1 to 64 characters, without | and :")
    return text


class WebhooksFile(
    RootModel[
        Annotated[
            dict[Annotated[str, AfterValidator(_a_name)], Annotated[str, AfterValidator(a_key)]],
            Field(min_length=1),
        ]
    ]
):
    """The file `DINGDAN_WEBHOOK__KEYS_FILE` names: group → key."""
