"""Private SSH keys, read with the cryptography library."""

import base64
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from application.ports.ssh_certificates import SshKey
from domain.errors import InvalidInput

LEAST_RSA_BITS = 2048

PrivateKey = Ed25519PrivateKey | EllipticCurvePrivateKey | RSAPrivateKey


class OpenSshKeyReader:
    """SshKeyReader port; takes the formats of OpenSSH and PEM, gives that of OpenSSH."""

    def read(self, text: str) -> SshKey:
        """Return a key with its public part; InvalidInput, which says nothing of the key."""
        key = _load(text.encode())
        if isinstance(key, RSAPrivateKey) and key.key_size < LEAST_RSA_BITS:
            raise InvalidInput("key", f"an RSA key must have at least {LEAST_RSA_BITS} bits")
        private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return SshKey(private.decode(), public.decode(), _fingerprint(public))


def _load(text: bytes) -> PrivateKey:
    for load in (load_ssh_private_key, load_pem_private_key):
        try:
            key = load(text, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        if isinstance(key, PrivateKey):
            return key
    # Not chained: the cause may hold what was read.
    raise InvalidInput("key", "must be a private Ed25519, ECDSA or RSA key without a passphrase")


def _fingerprint(public: bytes) -> str:
    """Return the fingerprint as `ssh-keygen -l` shows it."""
    digest = hashlib.sha256(base64.b64decode(public.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).rstrip(b"=").decode()
