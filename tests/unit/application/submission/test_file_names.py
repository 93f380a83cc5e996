import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.submission.file_names import check_file_names
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    "name", ["beam.dat", "flSim.inp", "my file (2).txt", "żółw.dat", ".hidden"]
)
def test_plain_names_are_taken(name: str) -> None:
    check_file_names([name])


@pytest.mark.parametrize(
    "name",
    [
        "../../x",
        "/etc/passwd",
        "a/b",
        "a\\b",
        ".",
        "..",
        "",
        " ",
        "a\x00b",
        "a\nb",
        "-rf",
        "~root",
        "x" * 201,
        "\u202etxt.exe",
    ],
)
def test_names_that_could_leave_their_folder_are_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_file_names([name])
    assert refused.value.field.startswith("input_files[")
    assert "\n" not in str(refused.value)


@given(st.text(max_size=300))
def test_what_is_taken_stays_in_its_folder(
    tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    try:
        check_file_names([name])
    except InvalidInput:
        return
    folder = tmp_path_factory.getbasetemp()
    assert (folder / name).resolve().parent == folder.resolve()
