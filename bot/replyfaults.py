"""Are the replies of a rule book sound? What the rules cannot know: which texts there may be, and what one may say."""

from bot.faults import closest
from bot.faultwords import Problem
from replies.library import TemplateError, UnknownNameError, template
from rules.bookfile import RuleBookFile
from rules.replynames import NAMES


def faulty_replies(book: RuleBookFile) -> list[Problem]:
    """The first fault of each text; empty when all are sound."""
    return [problem for number, _ in enumerate(book.replies) for problem in _faulty(number, book)]


def _faulty(number: int, book: RuleBookFile) -> list[Problem]:
    reply = book.replies[number]
    try:
        template(reply.name, reply.text)
    except UnknownNameError as error:
        return [
            Problem(
                path=("replies", number, "name"), message=error.fault, suggestion=closest(reply.name, NAMES)
            )
        ]
    except TemplateError as error:
        return [Problem(path=("replies", number, "text"), message=f"line {error.line}: {error.fault}")]
    return []
