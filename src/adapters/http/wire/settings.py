"""What the HTTP interface must know of the installation."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """What is in force.

    `cors_origins` may call from a browser, `own_origins` are ours; `trust_proxy` believes the
    headers in which a proxy tells who the client is; `frontend_dir` holds the
    files of the frontend, served beside the API; `path_prefix` such as `/api` may stand before
    each address. Large bodies may take `most_body_bytes` of memory at the same time. So many
    clients may send theirs at once: `known_senders` who have shown before who they are, and
    `unknown_senders` beside them.
    """

    cors_origins: tuple[str, ...] = ()
    own_origins: tuple[str, ...] = ()
    trust_proxy: bool = False
    registration: bool = True
    frontend_dir: Path | None = None
    path_prefix: str = ""
    most_body_bytes: int = 256 << 20
    known_senders: int = 8
    unknown_senders: int = 4
