"""What may stand in the file of tokens, and what does each token permit?"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, RootModel

from bot.sources.cloudevents import Grant
from rules.events import EventType, Shop
from rules.strict import STRICT


def _fits_a_header(token: str) -> str:
    if not (token.isascii() and token.isprintable() and token and " " not in token):
        raise ValueError(
            "a token has visible ASCII characters alone, no spaces; openssl rand -base64 24 makes one"
        )
    return token


Token = Annotated[str, AfterValidator(_fits_a_header)]


class GrantFile(BaseModel):
    """What one token is given. Naming the types makes it a considered grant, so it may name customers too."""

    model_config = STRICT

    source: str = ""
    shops: list[str] | None = Field(default=None, min_length=1)
    types: list[EventType] | None = Field(default=None, min_length=1)
    customer: bool | None = None

    def grant(self) -> Grant:
        """The grant in the form that is used."""
        return Grant(
            source_prefix=self.source,
            shops=None if self.shops is None else tuple(Shop(shop) for shop in self.shops),
            types=frozenset(EventType if self.types is None else self.types),
            customer=self.types is not None if self.customer is None else self.customer,
        )


class TokensFile(RootModel[Annotated[dict[Token, GrantFile], Field(min_length=1)]]):
    """The file `DINGDAN_INGEST__TOKENS_FILE` names: token → what it permits."""

    def grants(self) -> Mapping[str, Grant]:
        """What each token permits."""
        return {token: given.grant() for token, given in self.root.items()}
