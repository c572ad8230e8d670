"""What leaves, as `handlers.ports.Outbox` promises it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.storage.store import Store, Transaction
from handlers.messages import LetterId
from handlers.outbox import Letter, LetterKind, Medium, Overflow, Taken
from rules.anomalies import AnomalyId
from rules.delivery import DeliveryState
from rules.pace import CONVERSATION, WEBHOOK, Rank
from rules.stages import Priority
from tests.contracts.backend import inside, meanwhile, undone, value
from tests.contracts.builders import NOW, a_letter, in_

LEASE = in_(seconds=60)
ORDINARY, URGENT, ANSWER = (
    CONVERSATION[rank].per_minute for rank in (Rank.ORDINARY, Rank.URGENT, Rank.ANSWER)
)
PER_HOUR = CONVERSATION[Rank.ORDINARY].per_hour or 0
CASE = AnomalyId("case")


async def posted(store: Store, *letters: Letter) -> None:
    await inside(store, lambda work: work.outbox.post(letters))


async def taken(store: Store, now: datetime = NOW, limit: int = 100, *media: Medium) -> list[Letter]:
    return await inside(store, lambda work: take(work, now, limit, *media))


async def take(work: Transaction, now: datetime = NOW, limit: int = 100, *media: Medium) -> list[Letter]:
    """As whoever sends letters takes them: what was given out is written back, and each has its next version."""
    letters = (await work.outbox.take(media or tuple(Medium), now, LEASE, limit)).letters
    await work.outbox.update(*letters)
    return [replace(letter, version=letter.version + 1) for letter in letters]


async def arrived(store: Store, *letters: Letter) -> None:
    """The other side has taken them."""
    sent = (replace(letter, state=DeliveryState.SENT, lease_until=None) for letter in letters)
    await inside(store, lambda work: work.outbox.update(*sent))


async def gone(store: Store, now: datetime = NOW) -> list[Letter]:
    """All that may leave now, one after the other, when each arrives at once."""
    left: list[Letter] = []
    while letters := await taken(store, now):
        left += letters
        await arrived(store, *(letter for letter in letters if letter.state is DeliveryState.SENDING))
    return left


async def found(store: Store, letter: Letter) -> Letter:
    stored = await inside(store, lambda work: work.outbox.find(letter.id))
    assert stored is not None
    return stored


def an_answer(**fields: Any) -> Letter:
    """The change of a card that somebody tapped in a chat with the bot."""
    return a_letter(kind=LetterKind.FACE, medium=Medium.REPLY, **fields)


def recipients(letters: Sequence[Letter]) -> list[str]:
    return [letter.to for letter in letters]


# --- posting ---------------------------------------------------------------------


async def test_a_letter_is_found_by_its_id(store: Store) -> None:
    letter = a_letter()
    await posted(store, letter)

    assert await found(store, letter) == letter
    assert await inside(store, lambda work: work.outbox.find(LetterId("unknown"))) is None


async def test_a_key_is_written_once_whoever_writes_it(store: Store) -> None:
    first, second = a_letter(key="case:send:1"), a_letter(key="case:send:1")

    await posted(store, first, second)
    await asyncio.gather(*(posted(store, a_letter(key="case:send:1")) for _ in range(5)))

    assert await value(store, "SELECT count(*) FROM letters") == 1
    assert await found(store, first) == first


async def test_the_letters_of_a_case_are_listed_oldest_first(store: Store) -> None:
    first, second, other = a_letter(case=CASE), a_letter(case=CASE), a_letter()
    await posted(store, second, other, first)

    assert await inside(store, lambda work: work.outbox.of_case(CASE)) == [first, second]


async def test_posting_nothing_is_no_work(store: Store) -> None:
    await posted(store)

    assert await taken(store) == []
    assert await store.next_letter() is None


# --- taking ----------------------------------------------------------------------


async def test_a_taken_letter_is_sending_and_nobody_elses(store: Store) -> None:
    letter = a_letter()
    await posted(store, letter)

    sending = replace(
        letter,
        state=DeliveryState.SENDING,
        attempts=1,
        attempted_at=NOW,
        lease_until=LEASE,
        version=2,
    )
    assert await taken(store) == [sending]
    assert await found(store, letter) == sending
    assert await taken(store) == []


async def test_the_most_urgent_goes_first_then_the_longest_waiting(store: Store) -> None:
    await posted(
        store,
        a_letter("p3", priority=Priority.P3, due_at=in_(hours=-3)),
        a_letter("p1 later", priority=Priority.P1, due_at=in_(minutes=-1)),
        a_letter("p2", priority=Priority.P2, due_at=in_(hours=-2)),
        a_letter("p1", priority=Priority.P1, due_at=in_(minutes=-2)),
    )

    assert recipients(await taken(store, limit=2)) == ["p1", "p1 later"]
    assert recipients(await taken(store)) == ["p2", "p3"]


async def test_a_letter_goes_from_its_time_on(store: Store) -> None:
    letter = a_letter(due_at=in_(seconds=1))
    await posted(store, letter)

    assert await taken(store, NOW) == []
    assert await store.next_letter() == in_(seconds=1)
    assert await store.next_letter(after=in_(seconds=1)) is None
    assert len(await taken(store, in_(seconds=1))) == 1


async def test_only_what_can_be_carried_is_taken(store: Store) -> None:
    await posted(store, a_letter("app"), a_letter("wrGroup", medium=Medium.GROUP))

    assert await taken(store, NOW, 100, Medium.KF) == []
    assert await inside(store, lambda work: work.outbox.take([], NOW, LEASE, 100)) == Taken(
        letters=[], overflow=[]
    )
    assert recipients(await taken(store, NOW, 100, Medium.KF, Medium.GROUP)) == ["wrGroup"]
    assert recipients(await taken(store, NOW, 100, Medium.APP)) == ["app"]


async def test_what_is_too_late_is_given_up(store: Store) -> None:
    late = a_letter(expires_at=in_(milliseconds=-1))
    in_time = a_letter(expires_at=NOW)
    await posted(store, late, in_time)

    assert {letter.id: letter.state for letter in await taken(store)} == {
        late.id: DeliveryState.FAILED,
        in_time.id: DeliveryState.SENDING,
    }
    stored = await found(store, late)
    assert (stored.state, stored.note, stored.done_at) == (DeliveryState.FAILED, "expired", NOW)


async def test_many_takers_share_nothing_and_leave_nothing(store: Store) -> None:
    letters = [a_letter(f"member{number}") for number in range(60)]
    await posted(store, *letters)

    rounds = await asyncio.gather(*(taken(store, limit=10) for _ in range(10)))

    ids = [letter.id for taken_letters in rounds for letter in taken_letters]
    ids += [letter.id for letter in await taken(store)]
    assert sorted(ids) == sorted(letter.id for letter in letters)


async def test_letters_being_taken_are_passed_by(postgres_store: Store) -> None:
    await posted(postgres_store, a_letter("one", priority=Priority.P1), a_letter("two"))

    async with meanwhile(postgres_store, lambda work: take(work, limit=1)) as first:
        assert recipients(first) == ["one"]
        assert recipients(await taken(postgres_store)) == ["two"]


async def test_letters_whose_taking_was_undone_are_ready(store: Store) -> None:
    letter = a_letter()
    await posted(store, letter)

    assert len(await undone(store, lambda work: take(work, limit=1))) == 1

    assert await found(store, letter) == letter


# --- pace ------------------------------------------------------------------------


async def test_nobody_is_written_to_more_often_than_the_pace_allows(store: Store) -> None:
    await posted(store, *(a_letter("zhangsan") for _ in range(40)), a_letter("lisi"))

    letters = recipients(await gone(store))

    assert letters.count("zhangsan") == ORDINARY
    assert letters.count("lisi") == 1
    assert await gone(store, in_(seconds=59)) == []
    assert len(await gone(store, in_(seconds=60))) == 40 - ORDINARY


async def test_what_is_urgent_and_what_is_waited_for_have_room_of_their_own(store: Store) -> None:
    await posted(store, *(a_letter(priority=Priority.P2) for _ in range(40)))
    await gone(store)

    await posted(store, *(a_letter(priority=Priority.P1) for _ in range(40)))
    assert len(await gone(store, in_(seconds=1))) == URGENT - ORDINARY

    await posted(store, *(an_answer() for _ in range(40)))
    assert len(await gone(store, in_(seconds=2))) == ANSWER - URGENT


async def test_an_hour_has_a_pace_of_its_own(store: Store) -> None:
    spent = [
        a_letter(state=DeliveryState.SENT, attempted_at=in_(seconds=-61 - number), done_at=NOW)
        for number in range(PER_HOUR)
    ]
    await posted(store, *spent, a_letter())

    assert await taken(store) == []
    assert await store.next_letter() == in_(hours=1, seconds=-60 - PER_HOUR)


async def test_customers_are_not_paced(store: Store) -> None:
    await posted(store, *(a_letter("wk1/wm1", medium=Medium.KF) for _ in range(40)))

    assert len(await gone(store)) == 40


async def test_a_change_of_a_members_card_is_no_message_to_the_member(store: Store) -> None:
    await posted(store, *(a_letter("lisi", medium=Medium.APP, kind=LetterKind.FACE) for _ in range(40)))
    assert len(await gone(store)) == 40

    await posted(store, a_letter("lisi", medium=Medium.APP))

    assert len(await taken(store)) == 1


async def test_an_answer_that_could_only_come_too_late_is_given_up_at_once(store: Store) -> None:
    answers = [an_answer(expires_at=in_(seconds=5)) for _ in range(31)]
    await posted(store, *answers)

    letters = await taken(store)

    assert [letter.state for letter in letters].count(DeliveryState.SENDING) == ANSWER
    assert letters[-1].state is DeliveryState.FAILED


async def test_an_alert_that_the_pace_would_hold_back_is_one_too_many(store: Store) -> None:
    """It stays as it is: whoever takes it folds it. What is no alert waits, and so does what may have arrived."""
    await posted(store, *(a_letter() for _ in range(ORDINARY)))
    await gone(store)
    alert = a_letter(kind=LetterKind.CASE_CARD, due_at=in_(seconds=1))
    again = a_letter(kind=LetterKind.CASE_CARD, due_at=in_(seconds=1), attempts=1, payload=b"{}")
    await posted(store, alert, again, a_letter(due_at=in_(seconds=1)))

    now, room_at = in_(seconds=2), in_(seconds=60)
    given = await undone(store, lambda work: work.outbox.take(list(Medium), now, LEASE, 100))

    assert given == Taken(letters=[], overflow=[Overflow(letter=alert, full=("zhangsan",), room_at=room_at)])
    await taken(store, now)
    assert (await found(store, again)).due_at == room_at
    assert (await found(store, alert)).due_at == in_(seconds=1)


async def test_a_digest_finds_room_where_an_alert_does_not(store: Store) -> None:
    await posted(store, *(a_letter() for _ in range(ORDINARY)))
    await gone(store)

    await posted(store, a_letter(kind=LetterKind.OVERFLOW), a_letter(kind=LetterKind.OVERFLOW))

    assert len(await gone(store)) == 1


async def test_a_webhook_has_a_pace_of_its_own(store: Store) -> None:
    await posted(store, *(a_letter("webhook:default", medium=Medium.WEBHOOK) for _ in range(40)))

    assert len(await gone(store)) == WEBHOOK[Rank.ORDINARY].per_minute


async def test_takers_side_by_side_keep_the_pace_together(postgres_store: Store) -> None:
    """Each sees only what was committed: they must not spend the same minute twice."""
    await posted(postgres_store, *(an_answer(expires_at=in_(hours=1)) for _ in range(80)))

    rounds = await asyncio.gather(*(taken(postgres_store, limit=20) for _ in range(4)))

    assert sum(len(letters) for letters in rounds) == ANSWER


# --- in turn -----------------------------------------------------------------------


async def test_the_next_letter_waits_until_the_one_before_has_arrived(store: Store) -> None:
    first, second = (a_letter("lisi", due_at=in_(seconds=second)) for second in (-2, -1))
    await posted(store, second, first, a_letter("wangwu"))

    before = await taken(store)
    assert recipients(before) == ["lisi", "wangwu"]
    assert before[0].id == first.id
    assert await taken(store) == []

    await arrived(store, before[0])
    assert [letter.id for letter in await taken(store)] == [second.id]


async def test_what_is_tried_again_holds_up_nothing(store: Store) -> None:
    first, second = a_letter("lisi"), a_letter("lisi")
    await posted(store, first, second)
    (sending,) = await taken(store)

    again = replace(sending, state=DeliveryState.READY, due_at=in_(seconds=8))
    await inside(store, lambda work: work.outbox.update(again))

    assert [letter.id for letter in await taken(store)] == [second.id]


async def test_what_cannot_go_any_more_holds_up_nothing(store: Store) -> None:
    late, in_time = a_letter("lisi", expires_at=in_(seconds=-1)), a_letter("lisi")
    await posted(store, late, in_time)

    assert [letter.state for letter in await taken(store)] == [DeliveryState.FAILED, DeliveryState.SENDING]


async def test_the_answer_to_a_frame_waits_for_no_turn(store: Store) -> None:
    """It is good for five seconds, and on that frame alone."""
    await posted(store, a_letter("wrGroup", medium=Medium.GROUP), an_answer(to="wrGroup"))
    assert len(await taken(store)) == 2

    await posted(store, an_answer(to="wrGroup"))
    assert len(await taken(store)) == 1


async def test_takers_side_by_side_send_one_letter_at_a_time_to_an_addressee(postgres_store: Store) -> None:
    """As two replicas do: each passes by what the other one holds, and finds the addressee's next letter free."""
    await posted(postgres_store, *(a_letter(to) for to in ("lisi", "wangwu") for _ in range(20)))

    rounds = await asyncio.gather(*(taken(postgres_store, limit=limit) for limit in (1, 3, 10, 40)))

    assert sorted(recipients([letter for letters in rounds for letter in letters])) == ["lisi", "wangwu"]


async def test_a_letter_that_is_being_taken_keeps_its_addressee_from_others(postgres_store: Store) -> None:
    await posted(postgres_store, a_letter("lisi"), a_letter("lisi"))

    async with meanwhile(postgres_store, lambda work: take(work, limit=1)) as first:
        other = asyncio.create_task(taken(postgres_store))
        assert len(first) == 1
    assert await other == []


# --- cards that several hold ---------------------------------------------------------


async def test_a_card_of_several_takes_part_of_the_pace_of_each(store: Store) -> None:
    await posted(store, *(a_letter("lisi|wangwu") for _ in range(20)), *(a_letter("lisi") for _ in range(20)))

    letters = recipients(await gone(store))

    assert letters.count("lisi|wangwu") == 20
    assert letters.count("lisi") == ORDINARY - 20
    await posted(store, *(a_letter("wangwu") for _ in range(20)))
    assert recipients(await gone(store)) == ["wangwu"] * (ORDINARY - 20)


async def test_a_card_of_several_goes_when_each_of_them_has_room(store: Store) -> None:
    await posted(store, *(a_letter("lisi") for _ in range(ORDINARY)))
    await gone(store)
    await posted(store, a_letter("lisi|wangwu"))

    assert await taken(store, in_(seconds=59)) == []
    assert recipients(await taken(store, in_(seconds=60))) == ["lisi|wangwu"]


async def test_somebody_whose_name_is_part_of_another_s_is_somebody_else(store: Store) -> None:
    await posted(store, *(a_letter("li_i|wangwu") for _ in range(ORDINARY)))
    await gone(store)
    await posted(store, a_letter("lisi"), a_letter("li"), a_letter("wangwu"))

    assert recipients(await taken(store)) == ["lisi", "li"]


async def test_a_card_of_several_needs_the_turn_of_each(store: Store) -> None:
    await posted(store, a_letter("lisi"))
    (own,) = await taken(store)
    await posted(store, a_letter("lisi|wangwu"))
    assert await taken(store) == []

    await arrived(store, own)
    (shared,) = await taken(store)
    await posted(store, a_letter("wangwu"), a_letter("zhaoliu"))
    assert recipients(await taken(store)) == ["zhaoliu"]

    await arrived(store, shared)
    assert recipients(await taken(store)) == ["wangwu"]


async def test_a_card_of_several_that_waits_for_one_is_not_overtaken_by_the_others(store: Store) -> None:
    await posted(store, a_letter("lisi"))
    (own,) = await taken(store)
    await posted(store, a_letter("lisi|wangwu"), a_letter("wangwu", due_at=in_(seconds=1)))

    assert await taken(store, in_(seconds=1)) == []

    await arrived(store, own)
    assert recipients(await taken(store, in_(seconds=1))) == ["lisi|wangwu"]


async def test_the_change_of_a_card_of_several_waits_for_nobody_s_letters(store: Store) -> None:
    await posted(store, *(a_letter("lisi") for _ in range(ORDINARY)), a_letter("wangwu"))
    await gone(store)
    await posted(store, a_letter("wangwu"))
    assert len(await taken(store)) == 1
    changes = [a_letter("lisi|wangwu", kind=LetterKind.FACE) for _ in range(2)]
    await posted(store, *changes)

    (first,) = await taken(store)
    assert first.kind is LetterKind.FACE
    assert await taken(store) == [], "one after the other"
    await posted(store, a_letter("lisi|zhaoliu", priority=Priority.P1))
    assert recipients(await taken(store)) == ["lisi|zhaoliu"]


async def test_a_new_card_of_several_sets_out_when_each_of_them_is_free(store: Store) -> None:
    await posted(store, a_letter("wangwu"))
    letters = a_letter("lisi|wangwu"), a_letter("lisi|zhaoliu"), a_letter("lisi")
    assert recipients(await inside(store, lambda work: set_out(work, *letters))) == ["lisi|zhaoliu"]


async def test_a_new_letter_does_not_overtake_a_card_that_its_reader_shares(store: Store) -> None:
    await posted(store, a_letter("lisi|wangwu"))
    letters = a_letter("wangwu"), a_letter("zhaoliu")
    assert recipients(await inside(store, lambda work: set_out(work, *letters))) == ["zhaoliu"]


# --- before they are posted --------------------------------------------------------


async def set_out(work: Transaction, *letters: Letter, limit: int = 100) -> list[Letter]:
    """As whoever writes letters and sends them at once: what may go is posted as it goes, the rest as it is."""
    going = await work.outbox.set_out(letters, NOW, LEASE, limit)
    after = {letter.id: letter for letter in [*letters, *going]}
    await work.outbox.post(after.values())
    return going


async def test_a_new_letter_may_leave_with_the_commit_that_writes_it(store: Store) -> None:
    letter = a_letter("lisi")

    (going,) = await inside(store, lambda work: set_out(work, letter))

    assert (going.state, going.attempts, going.lease_until) == (DeliveryState.SENDING, 1, LEASE)
    assert await found(store, letter) == going
    assert await taken(store) == []
    await arrived(store, going)
    assert (await found(store, letter)).state is DeliveryState.SENT


async def test_of_new_letters_one_sets_out_to_each_addressee_the_most_urgent_first(store: Store) -> None:
    letters = [
        a_letter("lisi"),
        a_letter("lisi", priority=Priority.P1),
        a_letter("wangwu"),
        a_letter("zhaoliu"),
    ]

    going = await inside(store, lambda work: set_out(work, *letters, limit=3))

    assert [letter.id for letter in going] == [letters[1].id, letters[2].id]
    assert recipients(await taken(store)) == ["zhaoliu"]


async def test_a_new_letter_does_not_overtake_what_is_ready_for_its_addressee(store: Store) -> None:
    await posted(store, a_letter("lisi"))
    assert await inside(store, lambda work: set_out(work, a_letter("lisi"))) == []


async def test_a_new_letter_waits_for_the_one_that_is_on_its_way(store: Store) -> None:
    await posted(store, a_letter("lisi"))
    assert len(await taken(store)) == 1
    assert await inside(store, lambda work: set_out(work, a_letter("lisi"))) == []


async def test_new_letters_keep_the_pace(store: Store) -> None:
    await posted(store, *(a_letter("lisi") for _ in range(ORDINARY)))
    assert len(await gone(store)) == ORDINARY
    assert await inside(store, lambda work: set_out(work, a_letter("lisi"))) == []


async def test_whoever_writes_a_letter_does_not_wait_for_a_turn(postgres_store: Store) -> None:
    """Another replica may stand still in the middle of taking letters; limits are watched all the same."""
    await posted(postgres_store, a_letter("lisi"))

    async with meanwhile(postgres_store, take) as held:
        assert len(held) == 1
        letters = a_letter("lisi"), a_letter("wangwu")
        going = await inside(postgres_store, lambda work: set_out(work, *letters))

    assert recipients(going) == ["wangwu"]


# --- digests -----------------------------------------------------------------------


async def test_a_digest_collects_until_it_leaves(store: Store) -> None:
    digest = a_letter("lisi", kind=LetterKind.OVERFLOW, due_at=in_(seconds=60))
    await posted(store, digest, a_letter("lisi"), a_letter("wangwu", kind=LetterKind.OVERFLOW, payload=b"{}"))

    assert await inside(store, lambda work: work.outbox.collecting(["lisi", "wangwu"])) == {"lisi": digest}

    await gone(store, in_(seconds=60))
    assert await inside(store, lambda work: work.outbox.collecting(["lisi", "wangwu"])) == {}


async def test_what_a_digest_says_is_found_by_it(store: Store) -> None:
    digest = LetterId("digest")
    parts = [
        a_letter(state=DeliveryState.FOLDED, folded_into=digest, case=CASE, done_at=NOW) for _ in range(2)
    ]
    await posted(store, *parts, a_letter(state=DeliveryState.FOLDED, folded_into=LetterId("other")))

    assert await inside(store, lambda work: work.outbox.folded_into([digest])) == parts
    assert await inside(store, lambda work: work.outbox.folded_into([])) == []


# --- what came of it ---------------------------------------------------------------


async def test_only_the_newest_version_is_changed(store: Store) -> None:
    letter = a_letter()
    await posted(store, letter)
    (mine,) = await taken(store)
    theirs = replace(mine, state=DeliveryState.UNKNOWN, note="taken over")

    assert await inside(store, lambda work: work.outbox.update(theirs))
    assert not await inside(store, lambda work: work.outbox.update(replace(mine, state=DeliveryState.SENT)))

    stored = await found(store, letter)
    assert (stored.state, stored.note, stored.version) == (DeliveryState.UNKNOWN, "taken over", 3)


async def test_of_two_that_change_a_letter_at_once_one_loses(store: Store) -> None:
    letter = a_letter()
    await posted(store, letter)

    changed = await asyncio.gather(
        *(
            inside(store, lambda work, note=note: work.outbox.update(replace(letter, note=note)))
            for note in "abcdef"
        )
    )

    assert sorted(map(len, changed)) == [0] * 5 + [1]


async def test_what_its_sender_has_left_is_abandoned_after_the_lease(store: Store) -> None:
    await posted(store, a_letter())
    (letter,) = await taken(store)

    assert await inside(store, lambda work: work.outbox.abandoned(LEASE)) == []
    assert await inside(store, lambda work: work.outbox.abandoned(in_(seconds=60, milliseconds=1))) == [
        letter
    ]


async def test_two_that_take_over_share_nothing(postgres_store: Store) -> None:
    await posted(postgres_store, a_letter("zhangsan"), a_letter("lisi"))
    await taken(postgres_store)

    async with meanwhile(postgres_store, lambda work: work.outbox.abandoned(in_(hours=1))) as first:
        assert len(first) == 2
        assert await inside(postgres_store, lambda work: work.outbox.abandoned(in_(hours=1))) == []


# --- waiting for others --------------------------------------------------------------


@pytest.mark.parametrize("other", [DeliveryState.READY, DeliveryState.SENDING])
async def test_a_card_waits_while_another_letter_of_its_case_is_under_way(
    store: Store, other: DeliveryState
) -> None:
    card = a_letter(case=CASE, waits=True, due_at=in_(milliseconds=500))
    await posted(store, card, a_letter(case=CASE, state=other))

    await inside(store, lambda work: work.outbox.release([CASE], NOW))

    assert (await found(store, card)).due_at == in_(milliseconds=500)


async def test_a_card_goes_when_the_others_of_its_case_are_done(store: Store) -> None:
    card = a_letter(case=CASE, waits=True, due_at=in_(milliseconds=500))
    of_another_case = a_letter(case=AnomalyId("other"), waits=True, due_at=in_(milliseconds=500))
    await posted(store, card, of_another_case, a_letter(case=CASE, state=DeliveryState.SENT))

    await inside(store, lambda work: work.outbox.release([CASE], NOW))

    assert (await found(store, card)).due_at == NOW
    assert (await found(store, of_another_case)).due_at == in_(milliseconds=500)


async def test_a_card_that_is_being_tried_again_keeps_its_pause(store: Store) -> None:
    card = a_letter(case=CASE, waits=True, due_at=in_(seconds=8), attempts=1)
    await posted(store, card)

    await inside(store, lambda work: work.outbox.release([CASE], NOW))

    assert (await found(store, card)).due_at == in_(seconds=8)


async def test_whoever_comes_in_gets_at_once_what_was_to_be_tried_again(store: Store) -> None:
    again = a_letter("wrGroup", due_at=in_(seconds=60), attempts=3)
    planned = a_letter("wrGroup", due_at=in_(seconds=60))
    elsewhere = a_letter("wrOther", due_at=in_(seconds=60), attempts=3)
    await posted(store, again, planned, elsewhere)

    await inside(store, lambda work: work.outbox.hurry("wrGroup", NOW))

    assert [letter.id for letter in await taken(store)] == [again.id]


async def test_letters_are_found_by_what_the_other_side_calls_them(store: Store) -> None:
    ours = a_letter(medium=Medium.KF, remote_id="msg-1")
    task, unnamed = a_letter(medium=Medium.MASS, remote_id="msg-1"), a_letter(medium=Medium.KF)
    await inside(store, lambda work: work.outbox.post([ours, task, unnamed]))

    assert await inside(store, lambda work: work.outbox.named(Medium.KF, ["msg-1", "msg-2"])) == [ours]
    assert await inside(store, lambda work: work.outbox.named(Medium.KF, [])) == []


async def test_when_a_way_is_open_again_what_is_urgent_is_tried_at_once(store: Store) -> None:
    urgent = a_letter("lisi", priority=Priority.P1, due_at=in_(seconds=60), attempts=3)
    ordinary = a_letter("wangwu", due_at=in_(seconds=60), attempts=3)
    planned = a_letter("zhaoliu", priority=Priority.P1, due_at=in_(seconds=60))
    elsewhere = a_letter(
        "wrGroup", medium=Medium.GROUP, priority=Priority.P1, due_at=in_(seconds=60), attempts=3
    )
    await posted(store, urgent, ordinary, planned, elsewhere)

    await inside(store, lambda work: work.outbox.hurry_urgent({Medium.APP}, NOW))

    assert [letter.id for letter in await taken(store)] == [urgent.id]
