"""Which screens are there? All of them, once."""

from bot.directory import Directory
from bot.storage.views import Views
from bot.web.board.anomalies import anomalies
from bot.web.board.audit import audit
from bot.web.board.board import AnyScreen
from bot.web.board.case import CaseFiles, the_case, the_timeline
from bot.web.board.causes import causes, delays
from bot.web.board.decisions import DecisionFiles, the_decision, the_decisions
from bot.web.board.duty import duty
from bot.web.board.evidence import evidence
from bot.web.board.experiments import ExperimentFiles, the_experiments
from bot.web.board.health import HealthScreen
from bot.web.board.incidents import IncidentFiles, the_incident, the_incidents
from bot.web.board.letters import letters
from bot.web.board.measures import measures
from bot.web.board.order import order
from bot.web.board.order_events import event_body, order_events
from bot.web.board.orders import orders
from bot.web.board.promises import Lessons, promises
from bot.web.board.proposals import proposals
from bot.web.board.reasons import reasons
from bot.web.board.rehearsals import RehearsalFiles, the_rehearsal, the_rehearsals
from bot.web.board.reports import the_report, the_reports
from bot.web.board.rules import RuleFiles, the_rules
from bot.web.board.sources import SourceFiles, the_sources
from bot.web.board.tasks import tasks
from bot.web.board.unmatched import unmatched


def screens(  # noqa: PLR0913 -- all by name, and each is what some page reads
    *,
    views: Views,
    directory: Directory,
    files: CaseFiles,
    incidents: IncidentFiles,
    sources: SourceFiles,
    rehearsals: RehearsalFiles,
    rules: RuleFiles,
    experiments: ExperimentFiles,
    front: HealthScreen,
    lessons: Lessons,
) -> tuple[AnyScreen, ...]:
    """Every screen, in the order of the navigation; `front` is the first page."""
    decided = DecisionFiles(views, directory)
    return (
        front,
        anomalies(views, directory),
        the_case(files),
        the_timeline(files),
        the_incidents(incidents),
        the_incident(incidents),
        orders(views, directory),
        order_events(views),
        event_body(views),
        order(views, directory),
        measures(views, experiments, directory),
        tasks(views, directory),
        reasons(views),
        causes(views),
        proposals(views),
        delays(views),
        evidence(views),
        the_decisions(decided),
        the_decision(decided),
        the_reports(views),
        the_report(views, directory),
        promises(views, lessons),
        the_rehearsals(rehearsals),
        the_rehearsal(rehearsals),
        duty(views, directory),
        *the_rules(rules),
        *the_experiments(experiments),
        the_sources(sources),
        unmatched(views),
        letters(views, directory),
        audit(views, directory),
    )
