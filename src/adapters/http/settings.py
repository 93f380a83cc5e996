"""What the HTTP interface must know of the installation."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """`cors_origins` may call from a browser; `trust_proxy` believes X-Forwarded-Proto."""

    cors_origins: tuple[str, ...] = ()
    trust_proxy: bool = False
    registration: bool = True
