"""One SSH connection to a login node: commands without a terminal, files by SFTP."""

import contextlib
import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import paramiko
from paramiko.hostkeys import HostKeyEntry, InvalidHostKey

from application.ports.batch_clusters import Account
from domain.cluster import Cluster
from domain.errors import ClusterRefused, ClusterUnreachable, CredentialsUnusable

CONNECT_SECONDS = 15.0
COMMAND_SECONDS = 40.0
TRANSFER_SECONDS = 600.0
SESSION_PAUSE_SECONDS = 0.02
LARGEST_ANSWER = 64 << 20
KEY_CLASSES = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a remote command ended."""

    exit_code: int
    stdout: str
    stderr: str


def load_key(private_key: str, certificate: str) -> paramiko.PKey:
    """Return a key with its certificate, if there is one; CredentialsUnusable if it can't be read.

    No exception of paramiko gets out of here: some hold the private key.
    """
    for kind in KEY_CLASSES:
        with contextlib.suppress(Exception):
            key: paramiko.PKey = kind.from_private_key(io.StringIO(private_key))
            break
    else:
        raise CredentialsUnusable(
            "The SSH key can't be read: it must be an Ed25519, ECDSA or RSA key without a password"
        )
    if certificate.strip():
        try:
            key.load_certificate(certificate.strip())
        except Exception:
            raise CredentialsUnusable("The SSH certificate does not fit the key") from None
    return key


class SshConnection:
    """A connection of one user; one channel at a time, since login nodes allow few."""

    def __init__(self, account: Account, known_hosts: Path | None) -> None:
        self._name = f"{account.cluster.name} ({account.cluster.host})"
        self._lock = threading.Lock()
        self._client = paramiko.SSHClient()
        # Unknown host keys are refused: that is paramiko's default policy.
        try:
            self._know_host(account, known_hosts)
            self._connect(account)
        except BaseException:
            self._client.close()
            raise

    def _know_host(self, account: Account, known_hosts: Path | None) -> None:
        cluster = account.cluster
        if known_hosts is not None:
            try:
                self._client.load_system_host_keys(str(known_hosts))
            except InvalidHostKey as error:
                raise ClusterUnreachable(
                    f"{known_hosts}: a line can't be read, perhaps a @cert-authority line, which "
                    f"is not understood here: {error.line[:60]!r}"
                ) from None
            except OSError as error:
                raise ClusterUnreachable(f"{known_hosts} can't be read: {error}") from None
        if cluster.host_key:
            entry = host_key_entry(cluster)
            self._client.get_host_keys().add(entry.hostnames[0], entry.key.get_name(), entry.key)

    def _connect(self, account: Account) -> None:
        cluster = account.cluster
        key = load_key(account.key.private_key, account.key.certificate)
        try:
            connected = socket.create_connection((cluster.host, cluster.port), CONNECT_SECONDS)
            # Without it each command waits 40 ms for an acknowledgement.
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client.connect(
                cluster.host,
                cluster.port,
                account.login,
                pkey=key,
                sock=connected,
                timeout=CONNECT_SECONDS,
                banner_timeout=CONNECT_SECONDS,
                auth_timeout=CONNECT_SECONDS,
                allow_agent=False,
                look_for_keys=False,
            )
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise self._explained(error, account) from None

    def _explained(self, error: BaseException, account: Account) -> ClusterUnreachable:
        if isinstance(error, paramiko.BadHostKeyException):
            return ClusterUnreachable(
                f"{self._name} showed another host key than the one that is known: somebody may be "
                "listening in, or it was installed anew; an administrator has to look into it"
            )
        if isinstance(error, paramiko.AuthenticationException):
            return CredentialsUnusable(
                f"{self._name} does not let {account.login} in with your SSH key or certificate"
            )
        if "not found in known_hosts" in str(error):
            return ClusterUnreachable(
                f"{self._name} is not a known host: its key is neither stored with the cluster nor "
                "in SSH_KNOWN_HOSTS"
            )
        return ClusterUnreachable(f"{self._name} can't be reached: {error or type(error).__name__}")

    @property
    def alive(self) -> bool:
        """Whether the connection still stands, as far as is known."""
        transport = self._client.get_transport()
        return transport is not None and transport.is_active()

    def run(self, command: str, seconds: float = COMMAND_SECONDS) -> Outcome:
        """Run a command line; ClusterUnreachable if no answer comes in time.

        Then nothing is known of what the command did.
        """
        with self._lock, self._channel(seconds) as (channel, late):
            try:
                channel.exec_command(command)
                stdout, stderr = _drained(channel)
                exit_code = channel.recv_exit_status()
            except (paramiko.SSHException, OSError, EOFError) as error:
                raise self._silent(error) from None
            if late.is_set() or exit_code < 0:
                raise self._silent("no answer")
            return Outcome(exit_code, stdout, stderr)

    def _silent(self, error: object) -> ClusterUnreachable:
        # A connection that let us down once is not used again.
        self.close()
        return ClusterUnreachable(f"{self._name} did not answer: {error}")

    @contextmanager
    def _channel(self, seconds: float) -> Iterator[tuple[paramiko.Channel, threading.Event]]:
        """Open a channel that a timer closes: nothing else ends a call on a frozen server."""
        channel = self._opened(min(seconds, CONNECT_SECONDS))
        late = threading.Event()

        def give_up() -> None:
            late.set()
            _close(channel)

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            yield channel, late
        finally:
            timer.cancel()
            # Nothing is sent here but CLOSE with the EOF before it: an EOF by itself, sent late,
            # makes OpenSSH drop the whole connection.
            _close(channel)

    def _opened(self, seconds: float) -> paramiko.Channel:
        transport = self._client.get_transport()
        if transport is None or not transport.is_active():
            raise ClusterUnreachable(f"{self._name}: the connection is closed")
        deadline = time.monotonic() + seconds
        while True:
            try:
                return transport.open_session(timeout=seconds)
            except paramiko.ChannelException as error:
                # Where few sessions are allowed the last one counts until the server has ended it.
                if time.monotonic() > deadline:
                    raise self._silent(error) from None
                time.sleep(SESSION_PAUSE_SECONDS)
            except (paramiko.SSHException, OSError, EOFError) as error:
                raise self._silent(error) from None

    def upload(self, content: bytes, path: str) -> None:
        """Write a new file that only its owner may read."""

        def write(sftp: paramiko.SFTPClient) -> None:
            with sftp.open(path, "wx") as file:
                file.chmod(0o600)
                file.set_pipelined(True)
                for start in range(0, len(content), 32768):
                    file.write(content[start : start + 32768])

        self._transfer(write, "the files of the job could not be written")

    def download(self, path: str, target: BinaryIO, most: int) -> None:
        """Copy a remote file of at most `most` bytes."""

        def read(sftp: paramiko.SFTPClient) -> None:
            size = sftp.stat(path).st_size or 0
            if size > most:
                raise ClusterRefused(
                    f"{self._name}: the outputs are {size >> 20} MiB, more than {most >> 20} MiB"
                )
            sftp.getfo(path, target)

        self._transfer(read, "the outputs could not be read")

    def _transfer(self, work: Callable[[paramiko.SFTPClient], None], failure: str) -> None:
        with self._lock, self._channel(TRANSFER_SECONDS) as (channel, late):
            try:
                channel.invoke_subsystem("sftp")
                work(paramiko.SFTPClient(channel))
            except (paramiko.SSHException, EOFError) as error:
                raise self._silent(error) from None
            except OSError as error:
                if late.is_set() or not self.alive or channel.closed:
                    raise self._silent(error) from None
                raise ClusterRefused(
                    f"{self._name}: {failure}: {error}; is the quota used up?"
                ) from None

    def close(self) -> None:
        """End the connection."""
        self._client.close()


def host_key_entry(cluster: Cluster) -> HostKeyEntry:
    """Return the stored host key of a cluster; ClusterUnreachable if it is none."""
    name = cluster.host if cluster.port == 22 else f"[{cluster.host}]:{cluster.port}"
    entry: HostKeyEntry | None = None
    with contextlib.suppress(Exception):
        entry = HostKeyEntry.from_line(f"{name} {cluster.host_key.strip()}")
    if entry is None:
        raise ClusterUnreachable(
            f"the host key of {cluster.name} can't be read: it must be one line of ssh-keyscan "
            "without the host, such as `ssh-ed25519 AAAA…`"
        )
    return entry


def _close(channel: paramiko.Channel) -> None:
    """Close a channel whose connection may break at this very moment, which whoever reads sees."""
    with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
        channel.close()


def _drained(channel: paramiko.Channel) -> tuple[str, str]:
    """Read both streams to their ends at once: one that nobody reads blocks the other."""
    errors: list[bytes] = []
    reader = threading.Thread(
        target=lambda: errors.append(_read(channel.recv_stderr)), name="stderr", daemon=True
    )
    reader.start()
    output = _read(channel.recv)
    reader.join()
    return output.decode("utf-8", "replace"), b"".join(errors).decode("utf-8", "replace")


def _read(receive: Callable[[int], bytes]) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := receive(65536):
        size += len(piece)
        if size <= LARGEST_ANSWER:
            pieces.append(piece)
    return b"".join(pieces)
