"""Text is read as what it is, and bytes that nobody touches come out as they went in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.native.text_files import read_text
from adapters.simulators.runs.lines import lines_of

ODD = "a\x0bb\x0cc\x1cd\x1de\x1ef\x85g\u2028h\u2029i"
"""All at which str.splitlines ends lines beside LF and CR."""


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a\nb\r\nc\rd", ["a", "b", "c", "d"]),
        ("a\n", ["a"]),
        ("", []),
        ("\n\r\n\r", ["", "", ""]),
        (ODD, [ODD]),
    ],
)
def test_lines_end_at_lf_cr_lf_and_cr_only(text: str, lines: list[str]) -> None:
    assert lines_of(text) == lines
    assert "".join(lines_of(text, keep_ends=True)) == text


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("mniejszą".encode(), "mniejszą"),
        (b"\xef\xbb\xbf" + "Å".encode(), "Å"),
        ("größe".encode("latin-1"), "größe"),
        (b"\x85", "\x85"),
    ],
)
def test_text_is_utf_8_or_else_latin_1(content: bytes, line: str) -> None:
    assert list(read_text(content).lines) == [line]


@given(
    st.lists(st.sampled_from([b"a", b"\r", b"\n", b"\x85", b"\xc4\x85", b"\xef\xbb\xbf", b"\0"]))
)
def test_what_is_not_touched_stays_as_it_is(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    assert read_text(content).with_lines({}) == content


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_a_changed_line_leaves_the_others_alone(mark: bytes, end: bytes) -> None:
    content = mark + end.join([b"NSTAT 20", "ą\u2028 x".encode(), b"last"])
    changed = read_text(content).with_lines({0: lambda line: line.replace("20", "5")}, {2: "new"})
    assert changed == mark + end.join([b"NSTAT 5", "ą\u2028 x".encode(), b"new", b"last"])


def test_a_line_behind_the_last_gets_a_line_of_its_own() -> None:
    assert read_text(b"a\r\nb").with_lines({}, {2: "c"}) == b"a\r\nb\r\nc\r\n"
    assert read_text(b"").with_lines({}, {0: "c"}) == b"c\n"
