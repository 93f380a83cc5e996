"""A real OpenSSH server on a free port, keys, and a certificate authority for its users."""

import getpass
import os
import re
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from tests.integration.servers.process import Server, accepts, free_port, program, run

CONFIG = """
Port {port}
ListenAddress 127.0.0.1
HostKey {root}/host_key
PidFile none
AuthorizedKeysFile {root}/authorized_keys
TrustedUserCAKeys {root}/user_ca.pub
AuthenticationMethods publickey
PermitRootLogin yes
UsePAM no
StrictModes no
UseDNS no
PrintMotd no
LogLevel VERBOSE
MaxStartups 100
SetEnv {environment}
Subsystem sftp internal-sftp
{more}
"""


def account() -> str:
    """Return the account that tests sign in to: whoever runs them."""
    return getpass.getuser()


class SshKeys:
    """Makes keys and certificates in a folder, all as text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._keygen = program("ssh-keygen", "openssh-client")

    def make(self, name: str) -> str:
        """Make an ed25519 key pair, if it isn't there, and return the private key."""
        path = self.folder / name
        if not path.exists():
            self._run("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path))
        return path.read_text()

    def public(self, name: str) -> str:
        """Return a public key: kind, base64 and comment."""
        self.make(name)
        return (self.folder / f"{name}.pub").read_text()

    def certificate(
        self, name: str, principal: str, validity: str = "-5m:+52w", authority: str = "user_ca"
    ) -> str:
        """Return a certificate of the key `name` for an account; `validity` as ssh-keygen's -V."""
        self.make(authority)
        self.make(name)
        signed = ["-q", "-s", str(self.folder / authority), "-I", f"id-{name}", "-V", validity]
        options = ["-n", principal] if principal else []
        self._run(*signed, *options, str(self.folder / f"{name}.pub"))
        return (self.folder / f"{name}-cert.pub").read_text()

    def _run(self, *argv: str) -> None:
        run([self._keygen, *argv])


class SshServer:
    """sshd under `root`: trusts the certificates of `user_ca` and the keys it is told to."""

    def __init__(self, root: Path, environment: Mapping[str, str], more: str = "") -> None:
        self._sshd = program("sshd", "openssh-server")
        self.root = root
        self.port = free_port()
        self.keys = SshKeys(root)
        self.host_key = " ".join(self.keys.public("host_key").split()[:2])
        self.keys.make("user_ca")
        (root / "authorized_keys").touch()
        self._configure(environment, more)
        self._server = self._started()

    def _configure(self, environment: Mapping[str, str], more: str) -> None:
        settings = " ".join(f'"{name}={value}"' for name, value in environment.items())
        text = CONFIG.format(port=self.port, root=self.root, environment=settings, more=more)
        (self.root / "sshd_config").write_text(text)
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)

    def _started(self) -> Server:
        # sshd starts itself again for each connection: it wants to be called by its full path.
        argv = [self._sshd, "-D", "-e", "-f", str(self.root / "sshd_config")]
        server = Server(argv, self.root / "sshd.log")
        server.ready_when(lambda: accepts(self.port))
        return server

    def trust(self, public_key: str) -> None:
        """Let the holder of a key in without a certificate."""
        with (self.root / "authorized_keys").open("a") as file:
            file.write(public_key)

    def known_hosts_line(self) -> str:
        """Return the line by which a known_hosts file knows this server."""
        return f"[127.0.0.1]:{self.port} {self.host_key}\n"

    def log(self) -> str:
        """Return everything the server has said."""
        return (self.root / "sshd.log").read_text(errors="replace")

    def connections(self, since: int = 0) -> dict[str, str]:
        """Return the key id of each certificate login after so many characters of the log.

        They go by the client's port, which also is in SSH_CONNECTION there.
        """
        pattern = r"Accepted publickey for \S+ from \S+ port (\d+) .* ID id-(\S+) "
        return dict(re.findall(pattern, self.log()[since:]))

    def kill(self) -> None:
        """End the server and all its connections at once."""
        for pid in self._processes():
            _send(pid, signal.SIGKILL)
        self._server.kill()

    def pause(self) -> None:
        """Freeze the server and its connections: they stay open and say nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """End a pause."""
        self._signal(signal.SIGCONT)

    def restart(self) -> None:
        """Start again on the same port with the same host key."""
        self._server = self._started()

    def stop(self) -> None:
        """End the server and its connections."""
        self.go_on()
        self.kill()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._processes():
            _send(pid, number)
        if self._server.runs:
            _send(self._server.process.pid, number)

    def _processes(self) -> list[int]:
        """Return the processes of open connections, each of which leads a session of its own."""
        # Once it has ended its number may be somebody else's.
        return _descendants(self._server.process.pid) if self._server.runs else []


def _send(pid: int, number: signal.Signals) -> None:
    # A connection may have ended since it was looked for.
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *_descendants(int(child))]
    return found
