"""May this be a rule book in force? If not, everything that is wrong with it, not yet placed in any text."""

from pydantic import ValidationError

from bot.faultwords import Problem, problems
from bot.replyfaults import faulty_replies
from rules.bookfile import RuleBookFile, parse_rule_book
from rules.bookplain import Plain


def checked(tree: Plain) -> tuple[RuleBookFile | None, list[Problem]]:
    """A draft as a rule book, or what is wrong with it."""
    try:
        book = parse_rule_book(tree)
    except ValidationError as error:
        return None, problems(error, RuleBookFile)
    faulty = faulty_replies(book)
    return (None if faulty else book), faulty
