import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replies.personal import Sought, district_shown, number_of, phone_shown, sought_phone


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("浙江省杭州市西湖区文三路90号东部软件园1号楼302室", "浙江省杭州市西湖区"),
        ("浙江省 杭州市 西湖区 文三路 90 号", "浙江省杭州市西湖区"),
        ("浙江杭州西湖区文三路90号", "浙江杭州西湖区"),
        ("杭州市西湖区文三路90号", "杭州市西湖区"),
        ("西湖区文三路90号", "西湖区"),
        ("上海市浦东新区张江镇碧波路690号", "上海市浦东新区"),
        ("上海上海市市辖区浦东新区碧波路690号", "上海上海市"),
        ("上海，上海市，浦东新区，碧波路690号", "上海上海市浦东新区"),
        ("北京市/市辖区/朝阳区/三里屯路19号", "北京市市辖区朝阳区"),
        ("内蒙古自治区锡林郭勒盟锡林浩特市宝力根街道", "内蒙古自治区锡林郭勒盟锡林浩特市"),
        ("新疆维吾尔自治区乌鲁木齐市天山区解放北路", "新疆维吾尔自治区乌鲁木齐市天山区"),
        ("新疆乌鲁木齐天山区解放北路", "新疆乌鲁木齐天山区"),
        ("湖南省湘西土家族苗族自治州吉首市人民路", "湖南省湘西土家族苗族自治州吉首市"),
        ("甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县吹麻滩镇", "甘肃省临夏回族自治州积石山保安族东乡族撒拉族自治县"),
        ("广东省东莞市长安镇振安路", "广东省东莞市"),
        ("广东省深圳市南山区粤海街道科技园", "广东省深圳市南山区"),
        ("江苏省苏州市工业园区星湖街328号", "江苏省苏州市"),
        ("江苏省昆山市花桥镇", "江苏省昆山市"),
        ("海南省三亚市吉阳区迎宾路", "海南省三亚市吉阳区"),
        ("湖北省仙桃市沔阳大道", "湖北省仙桃市"),
        ("香港特别行政区九龙弥敦道", "香港特别行政区"),
        ("中国浙江省杭州市滨江区网商路699号", "浙江省杭州市滨江区"),
        ("浙江省杭州市阳光花园东区3幢", "浙江省杭州市"),
        ("杭州阳光花园3幢", ""),
        ("文三路90号", ""),
        ("收货地址：浙江省杭州市西湖区", ""),
        ("13800138000", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_an_address_is_shown_down_to_its_district(address: str, shown: str) -> None:
    assert district_shown(address) == shown


@given(st.text(max_size=60))
def test_what_is_shown_of_an_address_is_how_it_begins(address: str) -> None:
    bare = re.compile(r"[^\w]|_")
    assert bare.sub("", address.replace("中国", "")).startswith(bare.sub("", district_shown(address)))


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("13800138000", "138****8000"),
        ("+86 138-0013-8000", "138****8000"),
        ("0086１３８００１３８０００", "138****8000"),
        ("13800138000转1234", "138****8000"),
        ("138\u200b00138000", "138****8000"),
        ("021-12345678", "****5678"),
        ("+44 20 7946 0958", "****0958"),
        ("400-800-8888", "****8888"),
        ("95588", "****"),
        ("隐私号", "****"),
        ("", "****"),
    ],
)
def test_four_digits_of_a_phone_number_are_shown_and_three_more_of_a_mobile_one(
    phone: str, shown: str
) -> None:
    assert phone_shown(phone) == shown


def test_a_number_is_the_same_however_it_is_written() -> None:
    assert number_of("+86 138-0013-8000 转 12") == number_of("１３８００１３８０００") == "13800138000"
    assert number_of("(021) 1234-5678") == "02112345678"


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("13800138000", Sought(shown="138****8000", number="13800138000")),
        (" +86 138 0013 8000 ", Sought(shown="138****8000", number="13800138000")),
        ("138****8000", Sought(shown="138****8000", number=None)),
        ("138＊＊＊＊8000", Sought(shown="138****8000", number=None)),
        ("138xxxx8000", Sought(shown="138****8000", number=None)),
        ("(021)1234-5678", Sought(shown="****5678", number="02112345678")),
        ("****5678", Sought(shown="****5678", number=None)),
        ("DB20251222-883", None),
        ("8000", None),
        ("", None),
    ],
)
def test_a_number_is_looked_for_in_full_or_masked(typed: str, sought: Sought | None) -> None:
    assert sought_phone(typed) == sought
