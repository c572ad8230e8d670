"""The card of alerts that were too many: how many, the most urgent by their full numbers, and where the rest are."""

from replies.cards import Card
from replies.digests import MOST_SHOWN, overflow_card
from tests.replies.gallery import BOARD, LONG_NO, unpaid, unpicked, usual

TOP = [unpaid(), *(usual() for _ in range(MOST_SHOWN - 1))]


def test_a_digest_says_how_many_and_names_each_while_they_are_few() -> None:
    card = overflow_card([usual(), unpicked()], 2, BOARD)

    assert card.title == "2 单异常等待处理"
    assert [row.value for row in card.rows] == [
        "DB20251222-883 揽收停滞 3小时4分",
        "DB20251222-883 拣货未开始 49分",
    ]
    assert (card.buttons, card.link) == ((), BOARD)


def test_a_digest_of_many_names_five_and_sends_the_reader_to_the_board() -> None:
    card = overflow_card(TOP, 280, BOARD)

    assert "280 单" in card.title
    assert [row.label for row in card.rows] == ["P1", "P2", "P2", "P2", "P2", "其余"]
    assert card.source == "盯单 · P1"


def test_a_number_is_never_cut() -> None:
    card: Card = overflow_card([usual(order_no=LONG_NO), unpicked()], 2, BOARD)
    assert LONG_NO in card.rows[0].value
