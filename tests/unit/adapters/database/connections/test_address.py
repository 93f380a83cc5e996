import pytest

from adapters.database.connections.address import InvalidAddress, database_address


@pytest.mark.parametrize(
    "scheme", ["postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2"]
)
def test_all_names_of_postgresql_mean_psycopg_3(scheme: str) -> None:
    rest = "ann:p%40ss@db.example:5433/yaptide?sslmode=require"
    assert database_address(f"{scheme}://{rest}") == f"postgresql+psycopg://{rest}"


@pytest.mark.parametrize("address", ["sqlite:////srv/y.sqlite", "sqlite:///y.sqlite"])
def test_files_stay_as_they_are(address: str) -> None:
    assert database_address(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "yaptide",
        "mysql://ann:secret@host/db",
        "sqlite://",
        "sqlite:///",
        "sqlite:///:memory:",
        "sqlite+aiosqlite:///x",
        "postgresql+asyncpg://ann:secret@host/db",
        "postgresql://ann:secret@host",
        "postgresql://ann:secret@host/",
        "postgresql://ann:secret@host:port/db",
    ],
)
def test_others_are_refused_without_repeating_the_password(address: str) -> None:
    with pytest.raises(InvalidAddress, match="must be sqlite:///") as refused:
        database_address(address)
    assert "secret" not in str(refused.value)
