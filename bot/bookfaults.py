"""May this be a rule book in force? If not, everything that is wrong with it, not yet placed in any text."""

from datetime import datetime

from pydantic import ValidationError

from bot.faultwords import Problem, problems
from bot.replyfaults import faulty_replies
from replies.wordlint import Remark, remarks
from rules.bookfile import RuleBookFile, parse_rule_book
from rules.booklint import Finding, lint
from rules.bookplain import Plain
from rules.roster import Roster


def checked(tree: Plain) -> tuple[RuleBookFile | None, list[Problem]]:
    """A draft as a rule book, or what is wrong with it."""
    try:
        book = parse_rule_book(tree)
    except ValidationError as error:
        return None, problems(error, RuleBookFile)
    faulty = faulty_replies(book)
    return (None if faulty else book), faulty


def refused(book: RuleBookFile, known: RuleBookFile, roster: Roster, now: datetime) -> list[Finding | Remark]:
    """What its format allows and can never be meant, and the book `known` does not have: nothing is done with it."""
    found = (*lint(book, roster, now, known), *remarks(book, known))
    return [one for one in found if one.refused]
