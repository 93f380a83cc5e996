"""OpenSSH certificates, read with the cryptography library.

The format is that of OpenSSH's PROTOCOL.certkeys.
"""

from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    SSHCertificate,
    SSHCertificateType,
    load_ssh_private_key,
    load_ssh_public_identity,
)

from application.ports.ssh_certificates import CertificateFacts
from application.ports.ssh_credentials import SshKeyPair
from domain.errors import InvalidSshCertificate

FOR_EVER = 2**64 - 1


class OpenSshCertificateReader:
    """SshCertificateReader port."""

    def read(self, pair: SshKeyPair) -> CertificateFacts:
        """Return what a certificate says; InvalidSshCertificate if it can't be used."""
        certificate = _certificate(pair.certificate)
        if _certified_key(certificate) != _own_key(pair.private_key):
            raise InvalidSshCertificate("The SSH certificate belongs to another key")
        return CertificateFacts(
            tuple(name.decode("utf-8", "replace") for name in certificate.valid_principals),
            datetime.fromtimestamp(certificate.valid_after, UTC),
            _end(certificate.valid_before),
        )


def _certificate(text: str) -> SSHCertificate:
    try:
        identity = load_ssh_public_identity(text.strip().encode())
    except (ValueError, UnsupportedAlgorithm):
        raise InvalidSshCertificate("The SSH certificate can't be read") from None
    if not isinstance(identity, SSHCertificate) or identity.type is not SSHCertificateType.USER:
        raise InvalidSshCertificate("This is no SSH certificate of a user")
    try:
        identity.verify_cert_signature()
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        raise InvalidSshCertificate("The SSH certificate is not signed by its authority") from None
    return identity


def _certified_key(certificate: SSHCertificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def _own_key(text: str) -> bytes:
    """Return the public part of a private key; the error says nothing of the key itself."""
    try:
        key = load_ssh_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise InvalidSshCertificate("The SSH key can't be read without a password") from None
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)


def _end(seconds: int) -> datetime | None:
    try:
        return None if seconds == FOR_EVER else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError):
        # Beyond the year 9999.
        return None
