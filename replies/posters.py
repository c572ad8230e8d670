"""What is a poster? A title and sections of figures, the same on a page and in a picture; every word of it is ours or masked."""

from collections.abc import Iterator
from enum import StrEnum

from rules.record import Record


class Mood(StrEnum):
    """Whether a figure wants to be seen."""

    PLAIN = "plain"
    GOOD = "good"
    """It got better, and hardly by chance."""
    BAD = "bad"
    """It got worse, and hardly by chance; or it is time to do something."""


class Figure(Record, frozen=True, kw_only=True):
    """One line of a section."""

    label: str
    value: str
    note: str = ""
    bar: float | None = None
    """Of its own length; 0 to 1."""
    mood: Mood = Mood.PLAIN


class Section(Record, frozen=True, kw_only=True):
    """Figures that belong together."""

    title: str
    figures: tuple[Figure, ...]
    note: str = ""


class Poster(Record, frozen=True, kw_only=True):
    """A title and its sections."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    foot: str

    def words(self) -> Iterator[str]:
        """Everything that is written on it."""
        yield from (self.title, self.subtitle, self.foot)
        for section in self.sections:
            yield from (section.title, section.note)
            for figure in section.figures:
                yield from (figure.label, figure.value, figure.note)
