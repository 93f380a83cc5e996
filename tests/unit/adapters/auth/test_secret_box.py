import pytest

from adapters.auth.fernet_box import FernetSecretBox
from domain.errors import SecretUnreadable

OLD, NEW = "the old secret key, long enough ...", "the new secret key, long enough ..."


def test_a_sealed_secret_opens_for_its_user_alone() -> None:
    box = FernetSecretBox(OLD)
    sealed = box.seal("a key ą", 7)
    assert b"a key" not in sealed
    assert box.open(sealed, 7) == "a key ą"
    with pytest.raises(SecretUnreadable):
        box.open(sealed, 8)


def test_every_sealing_differs() -> None:
    box = FernetSecretBox(OLD)
    assert box.seal("a key", 7) != box.seal("a key", 7)


def test_damage_is_noticed() -> None:
    box = FernetSecretBox(OLD)
    sealed = bytearray(box.seal("a key", 7))
    sealed[30] ^= 1
    for broken in (bytes(sealed), b"", b"\x00"):
        with pytest.raises(SecretUnreadable):
            box.open(broken, 7)


def test_the_previous_key_still_opens_and_no_longer_seals() -> None:
    sealed = FernetSecretBox(OLD).seal("a key", 7)
    with pytest.raises(SecretUnreadable):
        FernetSecretBox(NEW).open(sealed, 7)
    both = FernetSecretBox(NEW, OLD)
    assert both.open(sealed, 7) == "a key"
    with pytest.raises(SecretUnreadable):
        FernetSecretBox(OLD).open(both.seal("a key", 7), 7)
