"""An event is shown as it came, but for phone numbers and what is sealed."""

import pytest

from replies.bodies import body_shown

PHONE = "13800138000"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"note": f"打 {PHONE}"}, {"note": "打 138****8000"}),
        (
            {"deep": [{"er": [PHONE, 1, None, True, 2.5]}]},
            {"deep": [{"er": ["138****8000", 1, None, True, 2.5]}]},
        ),
        ({PHONE: "a"}, {"138****8000": "a"}),
        ({"tel": int(PHONE)}, {"tel": "138****8000"}),
        (
            {"tracking_no": f"YT{PHONE}", "refs": [PHONE], "id": PHONE},
            {"tracking_no": f"YT{PHONE}", "refs": [PHONE], "id": PHONE},
        ),
        ({"sku": "6901380013800012"}, {"sku": "6901380013800012"}),
        ({"phone": {"sealed": "s1:x:main", "shown": "138****8000"}}, {"phone": "138****8000"}),
        ({"ours": {"sealed": "no", "shown": "13800138000"}}, {"ours": "138****8000"}),
        ({"phone": {"forgotten": True}}, {"phone": {"forgotten": True}}),
    ],
)
def test_a_body_is_shown(body: object, shown: object) -> None:
    assert body_shown(body) == shown
