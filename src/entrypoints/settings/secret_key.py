"""The key that signs tokens."""

import secrets
from pathlib import Path

from entrypoints.settings.private_folder import only_mine, own_folder
from entrypoints.settings.values import InvalidSetting


def secret_key(text: str, data_dir: Path, embedded: bool) -> str:
    """Return the key that was set, or for the embedded database the one kept under `data_dir`."""
    if not text and not embedded:
        raise InvalidSetting(
            "SECRET_KEY",
            "must be set with the database of a server, to the same value for all processes; "
            "make one with: openssl rand -base64 48",
        )
    if not text:
        return _kept_key(data_dir / "secret-key")
    if len(text) < 32:
        raise InvalidSetting("SECRET_KEY", "must have at least 32 characters")
    return text


def _kept_key(path: Path) -> str:
    """Return the key kept in `path`, made once; processes that start together get the same."""
    own_folder(path.parent)
    if not path.exists():
        draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        draft.touch(mode=0o600, exist_ok=False)
        draft.write_text(secrets.token_urlsafe(48))
        try:
            # A hard link appears whole and only once, whoever comes first.
            path.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    only_mine(path)
    return path.read_text()
