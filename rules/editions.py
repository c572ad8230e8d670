"""Which rule book does an order go by? The one in force, or the one that is tried where the order is chosen for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rules.anomalies import Anomaly
from rules.book import RuleBook
from rules.events import OrderKey
from rules.experiments import Part, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A rule book that some of the orders go by, so that it can be compared."""

    experiment: str
    split: Split
    book: RuleBook
    """It has the version of its edition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One version of the rules: the book, and the one that is tried beside it."""

    book: RuleBook
    trial: Trial | None = None
    applied_at: datetime | None = None
    """When it was put in force for the cases as well that were open then; None when it is for new ones alone."""

    @property
    def version(self) -> int:
        """Each start, ramp and end of a trial is a version of its own, and so the limits of orders are set anew."""
        return self.book.version

    @property
    def books(self) -> tuple[RuleBook, ...]:
        """Every book that some order may go by."""
        return (self.book,) if self.trial is None else (self.book, self.trial.book)

    def of(self, order: OrderKey) -> RuleBook:
        """What the order goes by."""
        if self.trial is not None and self.trial.split.part_of(order) is Part.TRIED:
            return self.trial.book
        return self.book


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The edition in force, and all there have been.

    Open cases go by the one they were opened under, or by a later one that was put in force for them as well.
    """

    edition: Edition
    versions: Mapping[int, Edition]
    _applied: tuple[tuple[int, datetime], ...] = field(init=False, repr=False, compare=False)
    """The versions that open cases went over to, and when; newest first."""

    def __post_init__(self) -> None:
        applied = ((version, one.applied_at) for version, one in self.versions.items())
        found = [(version, at) for version, at in applied if at is not None]
        object.__setattr__(self, "_applied", tuple(sorted(found, reverse=True)))

    @classmethod
    def only(cls, book: RuleBook) -> "Rules":
        """One rule book, and no other has ever been."""
        edition = Edition(book=book)
        return cls(edition=edition, versions={book.version: edition})

    @property
    def current(self) -> RuleBook:
        """The rule book in force: what is about no single order goes by it."""
        return self.edition.book

    @property
    def version(self) -> int:
        """The version in force."""
        return self.edition.version

    def for_order(self, order: OrderKey) -> RuleBook:
        """What the order goes by now."""
        return self.edition.of(order)

    def of(self, case: Anomaly) -> RuleBook:
        """What a case goes by. `book_version` stays what it was opened under, for which its false alarms count."""
        return self.versions.get(self.version_of(case), self.edition).of(case.order)

    def version_of(self, case: Anomaly) -> int:
        """The version that a case goes by."""
        for version, at in self._applied:
            if version <= case.book_version:
                break
            if case.closed_at is None or case.closed_at > at:
                return version
        return case.book_version
