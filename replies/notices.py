"""What does the bot say in a line? One line about one order shows its full number and who did what, when."""

from collections.abc import Sequence
from datetime import datetime

from replies import names, timewords
from replies.facts import progress
from replies.guard import Objection
from replies.masking import free, plain
from replies.rows import clock, in_hand, lateness, needless, order_no, way, who
from replies.situation import Situation
from replies.standing import ending
from rules.actions import Action, Refused, Why
from rules.anomalies import Ended
from rules.contact import Channel
from rules.delivery import DeliveryState
from rules.events import UserId
from rules.ladder import contact_by
from rules.promises import Slot
from rules.reasons import Reason, Verdict
from rules.tasks import Task, TaskKind

MOST_RECOVERIES = 20
"""Lines of one digest; more would not be read, and the board has them."""


# --- answers to a tap -----------------------------------------------------------------


def note(action: Action, situation: Situation, by: UserId | None) -> str:
    """Who has just done what, for the card; `situation` is the one after it."""
    person = f"{who(by, situation)} {clock(situation.now, situation)}"
    anomaly = situation.anomaly
    if action is Action.SEND:
        return f"已提交 · {person}"
    if action is Action.SNOOZE and anomaly.snoozed_until is not None:
        return f"{person} 稍后至 {clock(anomaly.snoozed_until, situation)}"
    if action is Action.REASON and anomaly.reason is not None:
        return f"{person} 记录：{_verdict(anomaly.reason)}"
    if action is Action.MARK_DONE and anomaly.reached_how is not None:
        return f"{person} {names.ACTIONS[action]}（{names.MEANS[anomaly.reached_how]}）"
    if action is Action.WAIVE and (why := needless(situation)):
        return f"{person} {names.ACTIONS[action]}（{why}）"
    return f"{person} {names.ACTIONS[action]}"


def confirmed(action: Action, situation: Situation, by: UserId | None, *, told: UserId | None = None) -> str:
    """The same as a line of its own; `told` is who was called by an escalation."""
    also = f"，已通知{who(told, situation)}" if told else ""
    return f"{_about(situation)}{note(action, situation, by)}{also}。"


def claimed_together(name: str, at: str, numbers: Sequence[str]) -> str:
    """Somebody has claimed several cases at once; `numbers` of their orders, at least one."""
    named = "、".join(plain(number) for number in numbers[:MOST_RECOVERIES])
    more = f" 等 {len(numbers)} 笔" if len(numbers) > MOST_RECOVERIES else ""
    return f"{free(name)} {at} 认领：{named}{more}。"


def refused(refusal: Refused, situation: Situation) -> str:
    """Why a tap had no effect, and who was first: a line of its own."""
    advice = {
        Why.CLOSED: "，不用再操作",
        Why.ALREADY: "，没有重复执行",
        Why.UNDER_WAY: "，请稍后点「刷新」",
        Why.NEEDS_TEXT: f"，请发送：/原因 {order_no(situation)} 具体原因",
    }
    return f"{_about(situation)}{first(refusal, situation)}{advice.get(refusal.why, '')}。"


def first(refusal: Refused, situation: Situation) -> str:
    """The same for the card that was tapped: `已由张三 14:02 处理`."""
    at = "" if refusal.at is None else f" {clock(refusal.at, situation)} "
    by = f"已由{who(refusal.by, situation)}{at}"
    return {
        Why.CLOSED: f"{by}处理完毕",
        Why.NOT_NOW: _not_now(refusal, situation),
        Why.TAKEN: f"{by}认领",
        Why.ALREADY: f"{by}处理",
        Why.UNDER_WAY: f"{by}提交，{in_hand(situation) or '正在发送'}",
        Why.NEEDS_TEXT: "「其他」要写明原因",
        Why.NEEDS_WHY: "免联系要说明为什么，选「其他」时请写明",
    }[refusal.why]


def stale_draft(objections: Sequence[Objection], situation: Situation) -> str:
    """The text the agent saw is no longer true: it was not sent, and a new one follows."""
    news = "；".join(objection.news for objection in objections)
    return f"{_about(situation)}没有发送，内容已更新，请再确认。{news}。"


def unrecognised() -> str:
    """To somebody who did something while WeCom could not say who they are."""
    return "企业微信现在查不到您是谁，刚才的操作没有生效。请过一会儿再试。"


def not_on_roster() -> str:
    """To somebody who may not touch cases; names no order."""
    return "您不在值班名单里，这一步没有生效。需要处理订单的话，请联系管理员加入名单。"


def instead_of_the_card(number: str, note: str) -> str:
    """To a tap whose card could not be changed in time; `note` is what the card would have said."""
    return f"订单 {plain(number)}：{note or '卡片没能更新，请过一分钟再点'}。"


def card_expired() -> str:
    """To a tap on a card that is not known, or no longer."""
    return "卡片已失效，没有执行任何操作。请以最新的卡片为准，或发送 /待办 查看。"


# --- what became of a message to the customer -------------------------------------------


def send_result(situation: Situation, why: str = "") -> str:
    """How the last message to the customer fared; `why` is the channel's reason in words."""
    because = f"（{free(why)}）" if why else ""
    sender = who(situation.anomaly.sent_by, situation)
    said = {
        DeliveryState.SENT: "回复已发给顾客。",
        DeliveryState.FAILED: f"回复没有发出{because}。请点「再次联系」或「改电话」，自行联系后点「已处理」。",
        DeliveryState.BOUNCED: f"回复没有送到顾客{because}。请点「再次联系」或「改电话」。",
        DeliveryState.UNKNOWN: "不确定顾客是否收到，为免重复没有再发。"
        "请先问顾客：收到了点「已处理」，没收到点「再次联系」或「改电话」。",
    }
    if situation.anomaly.ended_at is not None:
        said[DeliveryState.FAILED] = (
            f"回复没有发出{because}。还要告诉顾客的话，请点「发送回复」，或自行联系后点「已处理」。"
        )
    standing = "回复正在发送，请稍后点「刷新」。"
    last = situation.last_round
    return f"{sender}，{_about(situation)}{said.get(last, standing) if last else standing}"


def please_confirm(situation: Situation, employee: UserId) -> str:
    """To the employee in person: a 群发 waits in their client."""
    by = f"（{who(situation.anomaly.sent_by, situation)}提交）" if situation.anomaly.sent_by else ""
    return (
        f"{who(employee, situation)}，{_about(situation)}有一条给顾客的群发等您确认{by}。"
        "请打开企业微信里「客户联系」的群发消息，确认发送。"
    )


def whether_sent(situation: Situation, employee: UserId, *, in_sidebar: bool) -> str:
    """To the employee who had a message in hand, when nobody knows what became of it."""
    asked = (
        "您从侧边栏发的回复没有收到结果。请回到侧边栏，发出去了点「标记已发」，没有发出点「没发出」"
        if in_sidebar
        else "给顾客的群发没有查到结果。请看看发出去了没有，再告诉处理这笔订单的同事"
    )
    return f"{who(employee, situation)}，{_about(situation)}{asked}。"


def do_not_send(situation: Situation, employee: UserId, why: str) -> str:
    """To the employee who has a message in hand that is not true any more: nobody else can stop it."""
    return (
        f"{who(employee, situation)}，{_about(situation)}{free(why)}。"
        "侧边栏里那条要是还没发出，请不要再发；刷新侧边栏，看新的话。"
    )


def other_customer(situation: Situation) -> str:
    """The chat on the screen is with somebody else."""
    return f"{_about(situation)}不是这位顾客的，没有发送。请刷新侧边栏。"


def in_other_hands(situation: Situation, employee: UserId | None) -> str:
    """Only who sent it can say what became of it."""
    return (
        f"{_about(situation)}这条回复由{who(employee, situation)}发出，由{who(employee, situation)}说明结果。"
    )


def not_sent_by(situation: Situation, employee: UserId) -> str:
    """Why a message did not go out that somebody had in hand."""
    return f"{who(employee, situation)}没有发出"


def sidebar_known(situation: Situation) -> str:
    """Its end was known before."""
    return f"{_about(situation)}这条回复已经有结果了。"


def sidebar_result(situation: Situation, *, sent: bool) -> str:
    """What the employee sees after sending, or not."""
    return f"{_about(situation)}{'已发给顾客' if sent else '没有发出，可以再发'}。"


# --- the ladder ----------------------------------------------------------------------------


def reminder(situation: Situation) -> str:
    """To the owner, or to the group while nobody has taken the case."""
    owner = situation.anomaly.owner
    if owner is None:
        return f"{_case(situation)}还没人认领，{_time_left(situation)}。"
    return f"{who(owner, situation)}，{_case(situation)}还没联系顾客，{_time_left(situation)}。"


def handed_over(situation: Situation, to: UserId, previous: UserId | None) -> str:
    """The case has a new owner; `previous` is None when it had none before."""
    before = f"{who(previous, situation)}还没联系顾客" if previous else "没人认领"
    return f"{_case(situation)}{before}，已转给{who(to, situation)}，{_time_left(situation)}。"


def pushed(situation: Situation, to: UserId) -> str:
    """To the group: somebody was called in person."""
    return f"{_case(situation)}还没联系顾客，已通知{who(to, situation)}，{_time_left(situation)}。"


# --- promises -------------------------------------------------------------------------------


def promise_near(situation: Situation, slot: Slot, by: datetime, words: str = "") -> str:
    """To whoever can act: what the customer was promised has not happened yet. `words` are to be copied to them."""
    left = timewords.duration(by - situation.now)
    todo = f"请复制发给顾客：{words}" if words else "新的话已备好，请点卡片上的「再次联系」。"
    return f"{_about(situation)}承诺 {clock(by, situation)} 前{names.SLOTS[slot]}，还剩 {left}。{todo}"


def promise_broken(situation: Situation, slot: Slot, by: datetime, to: UserId | None) -> str:
    """To the group, and to whoever was called: its time has passed."""
    called = f"，已通知{who(to, situation)}" if to else ""
    return f"{_about(situation)}承诺 {clock(by, situation)} 前{names.SLOTS[slot]}，没有做到{called}。"


# --- who could not be reached ---------------------------------------------------------------


def nobody_reached(situation: Situation, unreached: Sequence[UserId]) -> str:
    """To the group: nobody who could deal with it can be written to in person."""
    people = "、".join(who(userid, situation) for userid in unreached)
    return (
        f"{_case(situation)}联系不上{people}，也没有别人可以代替，请看到的同事处理，{_time_left(situation)}。"
    )


def greet_in_group(group: str) -> str:
    """To a lead: the bot cannot write into a group in which nobody has spoken to it."""
    name = free(group)
    return f"机器人还不能往群「{name}」里发消息，卡片先发给了当班的人。请在群「{name}」里 @机器人 说一句话。"


def webhook_gone(group: str, why: str) -> str:
    """To a lead: the group's webhook takes nothing; `why` in WeCom's words."""
    because = f"（{free(why)}）" if why else ""
    return (
        f"群「{free(group)}」的消息推送发不进去{because}，内容先发给了当班的人。"
        "请在群里重新添加「消息推送」，并请管理员更新 DINGDAN_WEBHOOK__KEY 或 __KEYS_FILE。"
    )


def greet_the_bot(name: str) -> str:
    """To a group: a member has not spoken to the bot yet, which therefore cannot write to them."""
    return f"{free(name)}还没和机器人单独说过话，收不到发给本人的卡片。请点开机器人，给它发一句话。"


# --- good news and reasons -------------------------------------------------------------------


def recoveries(recovered: Sequence[Situation]) -> str:
    """One digest of orders that move again, one line each; at least one."""
    lines = [f"{_about(situation)}{_recovery(situation)}" for situation in recovered[:MOST_RECOVERIES]]
    if len(recovered) == 1:
        return lines[0]
    left = len(recovered) - len(lines)
    more = [f"另有 {left} 笔，请看看板"] if left else []
    return "\n".join(["这些订单又动了：", *lines, *more])


def ask_reason_text(situation: Situation) -> str:
    """The reason 其他 needs words: what to type, and the page where there is one."""
    page = f"；也可以在网页填写：{situation.link}" if situation.link else ""
    return f"{_about(situation)}请说明原因，发送：/原因 {order_no(situation)} 具体原因{page}"


def task_answered(situation: Situation, kind: TaskKind, by: UserId | None) -> str:
    """What somebody has found or heard whom we asked."""
    result = situation.result_of(kind)
    found = names.RESULTS[result] if result else "还没有结果"
    person = f"{who(by, situation)} {clock(situation.now, situation)}"
    return f"{_about(situation)}{person} {names.TASKS[kind]}：{found}。"


def answered(situation: Situation, kind: TaskKind, by: UserId | None) -> str:
    """Somebody has answered: for the task's card, which shows what they said."""
    done = "复核完成" if kind is TaskKind.RECHECK_STOCK else "已答复"
    return f"{who(by, situation)} {clock(situation.now, situation)} {done}"


def task_told(situation: Situation, kind: TaskKind, by: UserId | None) -> str:
    """To whoever has just answered a task, or said that they see to it."""
    if situation.result_of(kind) is None:
        return f"{_about(situation)}{names.TASKS[kind]}，{acknowledged(situation, by)}。"
    return task_answered(situation, kind, by)


def not_asked(situation: Situation, task: Task) -> str:
    """To somebody who was not asked, and may not answer for others."""
    return f"{_about(situation)}{names.TASKS[task.kind]}请的是{who(task.owner, situation)}，您不能代为答复。"


def task_ignored(situation: Situation, kind: TaskKind, asked: Sequence[UserId]) -> str:
    """To the group: those who were asked have not answered, and there is nobody above them."""
    people = "、".join(who(userid, situation) for userid in asked)
    return f"{_case(situation)}请{people}{names.TASKS[kind]}，没有答复，也没有别人可以问，请看到的同事跟进。"


def acknowledged(situation: Situation, by: UserId | None) -> str:
    """Somebody sees to a task: for its card."""
    return f"{who(by, situation)} {clock(situation.now, situation)} 已知悉"


# --- parts --------------------------------------------------------------------------------------


def _about(situation: Situation) -> str:
    return f"订单 {order_no(situation)}："


def _case(situation: Situation) -> str:
    return f"订单 {order_no(situation)}（{lateness(situation)}）"


def _not_now(refusal: Refused, situation: Situation) -> str:
    if refusal.at is None:
        return "现在不需要这一步，请以最新的卡片为准"
    ended = names.ENDED[ending(situation) or Ended.MOVED]
    return f"{clock(refusal.at, situation)} {ended}，不需要这一步了"


def _time_left(situation: Situation) -> str:
    at = contact_by(situation.anomaly, situation.book)
    said = timewords.duration(abs(at - situation.now))
    return f"{'还剩' if at > situation.now else '已超'} {said}（截止 {clock(at, situation)}）"


def _recovery(situation: Situation) -> str:
    ended = ending(situation) or Ended.MOVED
    moved = progress(situation)
    if moved is not None:
        return moved.words
    return "状态有变化" if ended is Ended.MOVED else names.ENDED[ended]


def _verdict(verdict: Verdict) -> str:
    name = names.REASONS[verdict.reason]
    return f"{name}（{free(verdict.text or '')}）" if verdict.reason is Reason.OTHER else name


def must_copy(situation: Situation) -> str:
    """The bot cannot write to this customer: the agent has to."""
    if situation.route.channel is Channel.SIDEBAR:
        return f"{_about(situation)}机器人现在不能直接发给顾客（{way(situation)}）。请在与顾客的聊天侧边栏里发送。"
    where = names.BECAUSE[situation.route.because]
    return (
        f"{_about(situation)}机器人现在不能直接发给顾客（{where}）。请复制这段话自行发送，发完点「已处理」。"
    )
