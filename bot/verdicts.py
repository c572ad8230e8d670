"""What does the checker say to the operator? Each law and each way to break it, in Chinese and in English."""

import json
from collections.abc import Iterator, Mapping, Sequence

from bot.verifying import Verdict
from handlers.laws import Law, Violation, Why

Words = tuple[str, str]
"""Chinese, English."""

LAWS: Mapping[Law, Words] = {
    Law.EVENTS: ("应答过的事件都在库里", "every acknowledged event is stored"),
    Law.FOLD: ("订单的样子就是它的事件推出来的样子", "an order's state is what its events fold to"),
    Law.TIMERS: ("下一步几时做都已布下，多余的没有", "what comes next is armed, and nothing else is"),
    Law.DETECTED: ("过了的时限都有异常", "every limit that has passed has its case"),
    Law.OUTLOOKS: (
        "盯着的未完订单几时转灰、几时超时都记着，没有多余的",
        "when each open order turns grey and late is on record, and nothing else is",
    ),
    Law.PUNCTUAL: ("没有提早报的异常，时间不倒流", "no case is early, and no time runs backwards"),
    Law.CASES: (
        "一处至多一笔未关闭的异常，三样齐了才关闭",
        "one open case in a place; closed means complete",
    ),
    Law.TASKS: (
        "异常结束了就没有人再被问，问的次数不超过规则",
        "nobody is asked about what has ended, nor more often than the rules say",
    ),
    Law.CARDS: ("该告诉客服的异常都有卡片", "the agents have a card for each case"),
    Law.LETTERS: ("每封信都在合法的状态，在途的有租约", "every letter is in a legal state, with its lease"),
    Law.CUSTOMERS: ("一次联系至多一条给顾客，没到的都告诉了客服", "one message a round; losses are told"),
    Law.TAPS: ("每次点击恰好有一个结果", "every tap has exactly one outcome"),
    Law.ACCEPTED: ("企业微信收下的与库里记的一致，不多不少", "what WeCom accepted is what we know of"),
    Law.ALERTS: (
        "每条提醒都有下落：看到了、进了汇总、转给了别人、不必再发，或还在等",
        "every alert was shown, digested, escalated or not needed, or waits",
    ),
    Law.PROMISES: (
        "顾客收到的话里每个答应的时间都记着，按事件判",
        "each time that a customer was promised is on record, judged by the events",
    ),
    Law.TRIALS: (
        "试行的就是生效的，一次一个；受影响的订单在该在的那组、在试行期间",
        "what is tried is in force, one at a time; each order concerned is in its part and in its time",
    ),
    Law.LEASES: ("租约的版本只增不减", "the versions of leases only grow"),
}

WHYS: Mapping[Why, Words] = {
    Why.EVENT_LOST: ("应答过，库里没有", "acknowledged, and not stored"),
    Why.STATE_DIFFERS: ("与重新推出来的不一样；事件数", "not what its events fold to; events"),
    Why.TIMER_MISSING: ("没有布下", "not armed"),
    Why.TIMER_WRONG: ("布下的时刻不对", "armed for another time"),
    Why.TIMER_NEEDLESS: ("布下了用不着的", "armed for nothing"),
    Why.LIMIT_UNNOTICED: ("时限过了，没有异常", "the limit has passed, and there is no case"),
    Why.TOO_EARLY: ("时限未到就报了", "raised before its limit"),
    Why.BACKWARDS: ("时间倒流", "time runs backwards"),
    Why.OUTLOOK_MISSING: ("没有记", "not on record"),
    Why.OUTLOOK_WRONG: ("记的与算出来的不一样", "not what the state and the rules give"),
    Why.OUTLOOK_NEEDLESS: (
        "记了用不着的",
        "on record for an order that is not watched, not open or not there",
    ),
    Why.TWO_UNCLOSED: ("同一处有几笔未关闭的异常", "several unclosed cases in one place"),
    Why.CLOSED_TOO_SOON: ("没齐就关闭了，还缺", "closed, while it lacks"),
    Why.TASK_OUTLIVED: ("异常结束了，任务还在等答复", "the case has ended, and its task still waits"),
    Why.ASKED_TOO_OFTEN: ("问的次数比规则多", "asked more often than the rules say"),
    Why.NO_CARD: ("没有给客服的卡片，第几次超时", "no card for the agents; breach"),
    Why.NO_LEASE: ("在途，却没有租约", "under way without a lease"),
    Why.ABANDONED: ("租约早已到期，无人接手", "its lease ran out, and nobody took over"),
    Why.NEVER_ATTEMPTED: ("没有送过，却不是待发", "never attempted, and not waiting"),
    Why.NO_END: ("已有结果，却没有时刻", "final, without a time"),
    Why.ENDED_AND_WAITS: ("还没有结果，却有完成的时刻", "not final, and done at a time"),
    Why.NOT_FOR_AGENTS: ("给客服的信不该是不明", "a letter to an agent is never unknown"),
    Why.OF_NO_ROUND: (
        "没有人要发的消息，或是同一次联系的第二条",
        "a message nobody ordered, or a second one of a round",
    ),
    Why.LOSS_UNTOLD: ("没有送到，也没有告诉客服", "it did not arrive, and the agents were not told"),
    Why.NOT_REACHED: ("送到了，异常却不算已联系", "it arrived, and the case does not count as replied"),
    Why.TAP_LOST: ("应答过的点击没有收下", "an acknowledged tap was not taken in"),
    Why.TAP_WAITS: ("收下后迟迟没有处理", "taken in, and not dealt with for long"),
    Why.TAP_GIVEN_UP: ("处理几次都失败，放下了", "given up after several failures"),
    Why.TAP_TWICE: ("一次点击有几个结果", "several outcomes of one tap"),
    Why.TAP_UNANSWERED: ("点击处理了，没有结果", "dealt with, without any outcome"),
    Why.ACCEPTED_TWICE: ("同一条被收下了几次", "accepted more than once"),
    Why.ACCEPTED_UNKNOWN: ("企业微信收下了，库里没有这封信", "accepted, and no such letter is stored"),
    Why.ACCEPTED_AND_FAILED: ("企业微信收下了，库里却记作没有送到", "accepted, and recorded as failed"),
    Why.SENT_UNACCEPTED: ("库里记作送到，企业微信没有收下", "recorded as sent, and never accepted"),
    Why.OVERSTAYED: ("等人发出等得太久", "waited too long for a person to send it"),
    Why.NOBODY_ASKS: ("等人发出，却没人去问结果", "waits for a person, and nobody asks what became of it"),
    Why.ALERT_VANISHED: (
        "提醒没有送到，也没有转给别人",
        "an alert did not arrive, and nobody else was told",
    ),
    Why.DIGEST_MISSING: ("合并进了不存在的汇总", "folded into a digest that there is not"),
    Why.PROMISE_MISSING: ("话里答应了，没有记", "promised by the text, and not on record"),
    Why.PROMISE_NEEDLESS: ("记了，顾客却没有收到这句话", "on record, and no customer has such a text"),
    Why.PROMISE_MISJUDGED: ("与事件说的不一样", "not what the events say"),
    Why.TWO_TRIALS: ("同时有几个试行", "another trial goes on as well"),
    Why.TRIAL_ASTRAY: ("进行中的试行与生效的那一版对不上", "the trial and the version in force do not agree"),
    Why.TRIAL_UNKNOWN: ("没有这个试行", "there is no such trial"),
    Why.OTHER_PART: ("不在该在的那组", "not the part that the split says"),
    Why.OUTSIDE_TRIAL: ("不在试行期间", "not within the time of the trial"),
    Why.WENT_BACK: ("版本变小了", "the version went back"),
}


def as_text(verdicts: Sequence[Verdict]) -> str:
    """For people: a line for each law, and below it what breaks it."""
    return "\n".join(line for verdict in verdicts for line in _lines(verdict))


def as_data(verdicts: Sequence[Verdict]) -> str:
    """For programs."""
    listed = [
        {
            "law": verdict.law,
            "ok": verdict.ok,
            "checked": verdict.checked,
            "broken": verdict.broken,
            "violations": [
                {"why": one.why, "about": one.about, "detail": one.detail} for one in verdict.shown
            ],
        }
        for verdict in verdicts
    ]
    return json.dumps(listed, ensure_ascii=False)


def _lines(verdict: Verdict) -> Iterator[str]:
    chinese, english = LAWS[verdict.law]
    mark = {True: "✓", False: "✗", None: "·"}[verdict.ok]
    yield f"{mark} {chinese}：核对 {verdict.checked}，不符 {verdict.broken} · {english}"
    yield from (f"    {_line(violation)}" for violation in verdict.shown)
    if verdict.broken > len(verdict.shown):
        yield f"    … {verdict.broken - len(verdict.shown)}"


def _line(violation: Violation) -> str:
    chinese, english = WHYS[violation.why]
    detail = f"：{violation.detail}" if violation.detail else ""
    return f"{violation.about} {chinese}{detail} · {english}"
