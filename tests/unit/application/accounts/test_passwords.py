import pytest

from application.accounts.password_rules import check_password
from domain.errors import InvalidInput


@pytest.mark.parametrize(
    "password",
    ["short", "", "x" * 257, "password", "Password", "12345678", "QWERTYUIOP", "aaaaaaaaaaaa",
     "abababababab", "iloveyou"],
)  # fmt: skip
def test_short_and_common_passwords_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_password(password)
    assert caught.value.field == "password"
    assert len(password) < 3 or password not in str(caught.value).replace("password:", "")


@pytest.mark.parametrize(
    "password", ["only small letters", "74839201", "ąęśćżźół", "x7" + "y" * 254]
)
def test_classes_of_characters_are_not_asked_for(password: str) -> None:
    check_password(password)


def test_the_user_name_is_no_password() -> None:
    with pytest.raises(InvalidInput, match="user name"):
        check_password("Proton.Therapist", "proton.therapist")
