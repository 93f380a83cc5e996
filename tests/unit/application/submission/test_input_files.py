import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.submission.input_files import BINARY, file_bytes, file_text
from domain.errors import InvalidInput


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "replace")))
def test_every_file_survives_the_wire(content: bytes) -> None:
    assert file_bytes(file_text(content)) == content


@pytest.mark.parametrize("content", [b"plain\n", "ąę\n".encode(), b""])
def test_text_stays_text(content: bytes) -> None:
    assert file_text(content) == content.decode()


def test_text_that_looks_like_a_data_url_survives() -> None:
    content = (BINARY + "AP8=").encode()
    assert file_bytes(file_text(content)) == content


@pytest.mark.parametrize("text", [BINARY + "!", BINARY + "AP8", "\ud800"])
def test_broken_content_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        file_bytes(text, "input_files['x']")
    assert refused.value.field == "input_files['x']"
