"""What may a rule book file say of replies to customers? Texts of the house, in place of those that are built in."""

from collections.abc import Collection, Iterable, Sequence
from typing import Self

from pydantic import BaseModel, Field, model_validator

from rules.book import Reply
from rules.strict import STRICT, fault

LONGEST_NAME = 60
LONGEST_TEXT = 2000
"""Characters of a template with its front matter: bounds the time that parsing can take."""
MAX_REPLIES = 100
MAX_SHOPS = 100


class ReplyFile(BaseModel):
    """A reply template in place of the built-in one of its name, for all orders or for some of them."""

    model_config = STRICT

    name: str = Field(pattern="^[a-z][a-z_]*$", max_length=LONGEST_NAME)
    shops: list[str] = Field(default=[], max_length=MAX_SHOPS, description="`[]`: those of every shop")
    lanes: list[str] = Field(default=[], description="`[]`: those of every lane, and of none")
    text: str = Field(min_length=1, max_length=LONGEST_TEXT)

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        for key, names in (("shops", self.shops), ("lanes", self.lanes)):
            for number, one in enumerate(names):
                if one in names[:number]:
                    raise fault("this is named already; name each once", key, number)
        return self

    @property
    def title(self) -> str:
        """What tells it from the others of a book."""
        return titled(self.name, self.shops, self.lanes)

    def reply(self) -> Reply:
        """The same in the form that is used."""
        return Reply(name=self.name, shops=frozenset(self.shops), lanes=frozenset(self.lanes), text=self.text)


def titled(name: str, shops: Iterable[str], lanes: Iterable[str]) -> str:
    """What tells a reply from the others of a book."""
    return " · ".join((name, *shops, *lanes))


def check_replies(replies: Sequence[ReplyFile], lanes: Collection[str]) -> None:
    """Raises a fault for one that says what another one says, or that names a lane which is not there."""
    titles: set[str] = set()
    for number, one in enumerate(replies):
        if one.title in titles:
            raise fault("another reply is for the same orders already", "replies", number, "name")
        titles.add(one.title)
        for place, lane in enumerate(one.lanes):
            if lane not in lanes:
                raise fault("there is no such lane", "replies", number, "lanes", place, known=lanes)
