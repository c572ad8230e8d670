"""What may stand in the file of the tokens with which programs read? A name, what it reads, and of which shops."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from bot.sources.tokensfile import Token
from rules.rights import Scope
from rules.roster import ANY
from rules.strict import STRICT, fault

OF_THE_SETTINGS = "api"
"""What the audit trail calls whoever has the token of DINGDAN_API__TOKEN."""


def _is_a_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,32}", name):
        raise fault("a name has 1 to 32 letters, digits, dots, dashes or underscores")
    if name == OF_THE_SETTINGS:
        raise fault("so the token of DINGDAN_API__TOKEN is called; choose another name")
    return name


Name = Annotated[str, AfterValidator(_is_a_name)]


class ReaderFile(BaseModel):
    """One token, and what a program may read with it."""

    model_config = STRICT

    token: Token
    name: Name
    scopes: list[Scope] = Field(min_length=1)
    shops: list[str] = Field(default=[ANY], min_length=1)


class ReadersFile(BaseModel):
    """The file `DINGDAN_API__TOKENS_FILE` names."""

    model_config = STRICT

    tokens: list[ReaderFile] = Field(min_length=1)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        """Of two tokens with one name, or two names for one token, the second is at fault."""
        names, tokens = set[str](), set[str]()
        for number, one in enumerate(self.tokens):
            if one.name in names:
                raise fault("another token has this name", "tokens", number, "name")
            if one.token in tokens:
                raise fault("this token stands here twice", "tokens", number, "token")
            names.add(one.name)
            tokens.add(one.token)
        return self
