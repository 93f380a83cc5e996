"""A certificate authority in memory."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    SSHCertificateBuilder,
    SSHCertificateType,
)

from application.ports.ssh_credentials import SshKeyPair

AUTHORITY = Ed25519PrivateKey.generate()
FROM = datetime(2026, 1, 1, tzinfo=UTC)


def make_pair(
    *principals: str,
    start: datetime = FROM,
    life: timedelta = timedelta(days=365),
    kind: SSHCertificateType = SSHCertificateType.USER,
) -> SshKeyPair:
    key = Ed25519PrivateKey.generate()
    builder = (
        SSHCertificateBuilder()
        .public_key(key.public_key())
        .serial(1)
        .type(kind)
        .key_id(b"a test")
        .valid_after(int(start.timestamp()))
        .valid_before(int((start + life).timestamp()))
    )
    if principals:
        builder = builder.valid_principals([name.encode() for name in principals])
    else:
        builder = builder.valid_for_all_principals()
    certificate = builder.sign(AUTHORITY)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return SshKeyPair(certificate.public_bytes().decode(), text.decode())
