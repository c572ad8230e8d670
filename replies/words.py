"""In which language does a page speak, and what does it say? Every word is a pair: Chinese, then English."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """The languages of our pages; drafts and cards are Chinese, as their readers are."""

    ZH = "zh"
    """Chinese, unless the reader asks for another."""
    EN = "en"
    """English."""

    @property
    def tag(self) -> str:
        """As HTML calls it."""
        return "zh-CN" if self is Language.ZH else "en"

    @property
    def other(self) -> "Language":
        """The one that a reader may change to."""
        return Language.EN if self is Language.ZH else Language.ZH


class Text(NamedTuple):
    """The same in both languages; `{name}` stands for what is filled in."""

    zh: str
    en: str

    def said(self, language: Language, **values: object) -> str:
        """The text in one of them. Raises KeyError for a value that is missing."""
        text = self.zh if language is Language.ZH else self.en
        return text.format(**values) if values else text


Catalogue = Mapping[str, Text]


class Words:
    """What a page says, by key, in one language: `t("worst_first")`, `t("late_by", minutes=3)`."""

    def __init__(self, language: Language, *catalogues: Catalogue) -> None:
        self.language = language
        self._texts = {key: text for catalogue in catalogues for key, text in catalogue.items()}

    def __call__(self, key: str, **values: object) -> str:
        """Raises KeyError for a key that no catalogue has."""
        return self._texts[key].said(self.language, **values)
