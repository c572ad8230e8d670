"""When cases with one cause are raised: one incident speaks for all of them, before anything of them is written."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from handlers.incident_cards import change_cards
from handlers.incident_ladder import set_timer
from handlers.incident_letters import post_card, push_card, tell_group
from handlers.messages import DueKind
from handlers.outbox import LetterKind, Say
from handlers.ports import Work
from handlers.records import Entry, What
from handlers.scribe import Scribe, five_minutes_of
from rules.anomalies import Anomaly, AnomalyId
from rules.book import AutomaticAction
from rules.consequences import PushReason
from rules.grouping import Grouping, Newcomer, Sign, fronts_of, group, is_fresh, may_join, sign_of
from rules.incidents import Incident, has_doubled, takes_in
from rules.instants import to_ms
from rules.stages import Priority
from rules.storms import Front, StormRules


async def gather(work: Work, scribe: Scribe) -> None:
    """Make incidents of what `scribe` has raised, where many cases share a cause.

    Whoever joins one has no card, push, task or ladder of its own: they are taken out of what is to be written.
    Fronts are held from here until the commit, so that replicas come one after the other. Without a cause that
    counts nothing is asked.
    """
    newcomers = _newcomers(scribe)
    fronts = {front for one in newcomers for front in one.fronts}
    if not fronts:
        return
    rules, now = scribe.world.directory.rules.current, scribe.now
    held = await work.incidents.hold_fronts(fronts)
    changed = {one.id: one for one in scribe.incidents}
    taking = {one.front: changed.get(one.id, one) for one in held.open if takes_in(one, now)}
    fresh = [sign for sign in held.signs if is_fresh(sign, rules.storm, now)]
    earlier = await _earlier(_that_matter(newcomers, fresh, taking, rules.storm), work, scribe)
    grouping = group(
        newcomers,
        earlier=earlier,
        taking=taking,
        rules=rules.storm,
        book_version=rules.version,
        now=now,
        new_id=scribe.world.new_id,
    )
    single = [one for one in newcomers if one.case.id not in grouping.members]
    await work.incidents.keep_signs(sign_of(one, front, now) for one in single for front in one.fronts)
    await work.incidents.drop_signs(_spent(held.signs, fresh, grouping))
    _carry_out(grouping, newcomers, [case for cases in earlier.values() for case in cases], scribe)
    await _show_growth(grouping, work, scribe)


# --- who is there ------------------------------------------------------------------


def _newcomers(scribe: Scribe) -> list[Newcomer]:
    """The cases that have a card coming, as they are now."""
    rules = scribe.world.directory.rules
    now = {case.id: case for case in scribe.cases}
    return [
        Newcomer(
            case=now[id_],
            fronts=fronts_of(now[id_], order, scribe.group_of(now[id_], order), rules.current.storm),
        )
        for id_, order in scribe.raised.items()
        if may_join(now[id_])
    ]


def _that_matter(
    newcomers: Sequence[Newcomer], fresh: Iterable[Sign], taking: Collection[Front], rules: StormRules
) -> list[Sign]:
    """The signs of cases that may make a storm with the newcomers: those of fronts where enough come together."""
    coming = {one.case.id for one in newcomers}
    by_front: dict[Front, list[Sign]] = {}
    for sign in fresh:
        if sign.front not in taking and sign.case not in coming:
            by_front.setdefault(sign.front, []).append(sign)
    come = Counter(front for one in newcomers for front in one.fronts)
    enough = [signs for front, signs in by_front.items() if come[front] + len(signs) >= rules.threshold]
    return [sign for signs in enough for sign in signs]


async def _earlier(signs: Sequence[Sign], work: Work, scribe: Scribe) -> dict[Front, list[Anomaly]]:
    """The cases behind the signs, as they are by now, with their orders held; without those that can join no more."""
    if not signs:
        return {}
    orders = await work.orders.lock({sign.order for sign in signs})
    cases = {case.id: case for theirs in (await work.cases.of(orders)).values() for case in theirs}
    cases |= {case.id: case for case in scribe.cases}
    found: dict[Front, list[Anomaly]] = {}
    for sign in signs:
        case = cases.get(sign.case)
        if case is not None and may_join(case):
            found.setdefault(sign.front, []).append(case)
    return found


def _spent(signs: Iterable[Sign], fresh: Collection[Sign], grouping: Grouping) -> list[Sign]:
    """The signs that count no more: old, or of a case that has joined."""
    return [sign for sign in signs if sign not in fresh or sign.case in grouping.members]


# --- what follows ------------------------------------------------------------------


def _carry_out(
    grouping: Grouping, newcomers: Sequence[Newcomer], before: Iterable[Anomaly], scribe: Scribe
) -> None:
    cases = {case.id: case for case in before} | {one.case.id: one.case for one in newcomers}
    joined = {
        id_: replace(cases[id_], incident=incident, joined_at=scribe.now)
        for id_, incident in grouping.members.items()
    }
    leads = {incident.lead for incident in grouping.opened}
    _take_over(joined, {one.case.id for one in newcomers}, leads, scribe)
    for incident in (*grouping.opened, *grouping.grown):
        for case in joined.values():
            if case.incident == incident.id:
                _note(What.JOINED, case, incident, scribe)
    for incident in grouping.opened:
        _open(incident, joined[incident.lead], scribe)
    for incident in grouping.grown:
        _grow(incident, [case for case in joined.values() if case.incident == incident.id], scribe)


def _take_over(
    joined: Mapping[AnomalyId, Anomaly],
    new: Collection[AnomalyId],
    leads: Collection[AnomalyId],
    scribe: Scribe,
) -> None:
    """The cases are their incidents' from now on; a task that would be given out for each is given out for the lead."""
    others = joined.keys() - leads
    scribe.cases = [joined.get(case.id, case) for case in scribe.cases]
    scribe.cases += [
        replace(case, version=case.version + 1) for id_, case in joined.items() if id_ not in new
    ]
    scribe.letters = [
        letter
        for letter in scribe.letters
        if not (letter.case in joined and letter.kind is LetterKind.CASE_CARD)
    ]
    scribe.drop_tasks(others)
    scribe.dues = [due for due in scribe.dues if due.kind is not DueKind.LADDER or due.ref not in joined]
    scribe.stopped += [(case.order, DueKind.LADDER, id_) for id_, case in joined.items()]


def _open(incident: Incident, lead: Anomaly, scribe: Scribe) -> None:
    """One card into the group, and one push where the rules call for any."""
    post_card(incident, lead, scribe)
    manager = scribe.world.team(lead).duty_manager(lead.order.shop, scribe.now)
    if manager is not None and _calls_manager(incident, lead, scribe):
        push_card(incident, lead, manager, PushReason.LIMIT, scribe)
    _note(What.INCIDENT_OPENED, lead, incident, scribe)
    scribe.begun.append(set_timer(incident, [lead], scribe))


def _calls_manager(incident: Incident, lead: Anomaly, scribe: Scribe) -> bool:
    rules = scribe.world.directory.rules.of(lead).plan_for(scribe.raised[lead.id]).stages[incident.stage]
    return incident.priority is Priority.P1 or AutomaticAction.PUSH_DUTY_MANAGER in rules.actions


def _grow(incident: Incident, came: Sequence[Anomaly], scribe: Scribe) -> None:
    """A burst is told at once; of fewer there is one line at the end of the present five minutes."""
    now = scribe.now
    is_wave = incident.wave_at == now > incident.opened_at
    if is_wave:
        _note(What.WAVE, came[0], incident, scribe)
        more, total = str(incident.surge), str(incident.size)
        tell_group(incident, Say.INCIDENT_WAVE, scribe, str(incident.waves), now, more=more, total=total)
    else:
        start, end = five_minutes_of(now)
        since, until = str(to_ms(start)), str(to_ms(end))
        tell_group(incident, Say.INCIDENT_JOINED, scribe, since, end, since=since, until=until)
    idle = incident.climbs_at is None
    scribe.incidents.append(set_timer(incident, came, scribe) if is_wave or idle else incident)


async def _show_growth(grouping: Grouping, work: Work, scribe: Scribe) -> None:
    """The cards of members say how large an incident has become, at the end of the present five minutes.

    Each can be changed once without a tap, so that a few more are not worth it: the end is what it is kept for.
    """
    came = Counter(grouping.members.values())
    threshold = scribe.world.directory.rules.current.storm.threshold
    outgrown = [one.id for one in grouping.grown if has_doubled(one.size - came[one.id], one.size, threshold)]
    _, end = five_minutes_of(scribe.now)
    change_cards(await work.incident_cards.changeable(outgrown, scribe.now), scribe, end)


def _note(what: What, case: Anomaly, incident: Incident, scribe: Scribe) -> None:
    entry = Entry(
        case=case.id,
        order=case.order,
        at=scribe.now,
        what=what,
        key=f"{what}:{incident.id}:{incident.waves}",
        detail={"detail": f"{incident.cause}.{incident.value}", "incident": incident.id},
    )
    scribe.history.append(entry)
