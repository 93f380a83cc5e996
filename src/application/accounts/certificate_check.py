"""Whether an SSH certificate lets a user in: a server would only say that it does not."""

from datetime import datetime

from application.ports.ssh_certificates import CertificateFacts, SshCertificateReader
from application.ports.ssh_credentials import SshKeyPair
from domain.errors import InvalidSshCertificate

AGAIN = "sign out and in again to get a new one"


def check_certificate(
    reader: SshCertificateReader, pair: SshKeyPair, login: str, now: datetime, place: str = ""
) -> None:
    """Raise InvalidSshCertificate, with a remedy, unless a certificate lets `login` in now.

    One without principals is refused as well: OpenSSH's server takes none of those. `place` is the
    cluster whose account `login` is.
    """
    try:
        facts = reader.read(pair)
    except InvalidSshCertificate as error:
        raise InvalidSshCertificate(f"{error}; {AGAIN}") from None
    if login not in facts.principals:
        names = ", ".join(facts.principals) or "nobody"
        whose = f", which is your account on {place}" if place else ""
        raise InvalidSshCertificate(
            f"Your SSH certificate is made out to {names}, not to {login}{whose}"
        )
    _check_times(facts, now)


def _check_times(facts: CertificateFacts, now: datetime) -> None:
    if now < facts.valid_from:
        raise InvalidSshCertificate(
            f"Your SSH certificate is valid only from {facts.valid_from:%Y-%m-%d %H:%M} UTC"
        )
    if facts.valid_until is not None and now >= facts.valid_until:
        raise InvalidSshCertificate(
            f"Your SSH certificate expired at {facts.valid_until:%Y-%m-%d %H:%M} UTC; {AGAIN}"
        )
