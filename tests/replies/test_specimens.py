"""A card of each type to be tried, and which of them a group's webhook takes."""

from replies.specimens import is_notice, specimens


def test_there_is_one_of_each_type_and_the_notices_are_for_webhooks_too() -> None:
    faces = specimens("https://dingdan.example", "https://dingdan.example/static/stages.png")
    assert [name for name, face in faces.items() if is_notice(face)] == ["文本通知", "图文通知"]
    assert list(faces) == ["文本通知", "图文通知", "按钮卡片", "表单卡片"]
