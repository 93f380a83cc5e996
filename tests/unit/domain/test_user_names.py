"""Names as people read them; expected values from Unicode: NFKC_Casefold and UTS 39."""

import pytest

from domain.user_names import mixes_scripts, name_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("ann", "ann"), ("Ann", "ann"), ("ＡＮＮ", "ann"), ("ａｎｎ", "ann"), ("𝐚𝐧𝐧", "ann"),
        ("ann\ufe0f", "ann"), ("a\u200bnn", "ann"), ("\u3164", ""), ("Straße", "strasse"),
        ("STRASSE", "strasse"), ("ﬁona", "fiona"), ("\u212a", "k"), ("Ⅳ", "iv"),
        ("é", "\u00e9"), ("e\u0301", "\u00e9"), ("ŁUKASZ", "łukasz"), ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
    ],
)  # fmt: skip
def test_what_reads_the_same_has_one_key(name: str, key: str) -> None:
    assert name_key(name) == key
    assert name_key(key) == key


@pytest.mark.parametrize(
    "name",
    [
        "ann", "ann1", "O'Brien", "Łukasz Żółć", "анна", "Анна 2", "山田太郎", "山田タロウ",
        "やまだー", "佐々木", "Kim 한국", "王 Wang", "ㄅㄆ王", "عمر", "𝐚𝐧𝐧", "aª", "ann!", "🎯 ann",
    ],
)  # fmt: skip
def test_what_people_write_is_taken(name: str) -> None:
    assert not mixes_scripts(name)


@pytest.mark.parametrize(
    "name", ["аnn", "aдмин", "αnn", "ann٣", "Ωhm", "annա", "한국やま", "ｐаypal"]
)
def test_letters_that_only_look_alike_are_not_mixed(name: str) -> None:
    assert mixes_scripts(name)
