"""A MariaDB server of our own in a folder: no durability, a free port, root without a password."""

import os
from pathlib import Path

from tests.integration.servers.process import Server, accepts, free_port, program, run

MY_CNF = """
[mysqld]
datadir={folder}/data
socket={folder}/socket
port={port}
bind-address=127.0.0.1
pid-file={folder}/pid
innodb_lock_wait_timeout=900
innodb_flush_log_at_trx_commit=0
innodb_buffer_pool_size=64M
innodb_log_file_size=16M
skip-log-bin
# At its start MariaDB removes all temporary tables there, also those of another that runs.
tmpdir={folder}/tmp
"""


class MariaDb:
    """One server; it keeps its data until its folder is removed.

    The folder's path must be short: a socket is below it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._user = ["--user=root"] if os.getuid() == 0 else []
        self._config = f"--defaults-file={folder / 'my.cnf'}"
        self.port = free_port()
        for name in ("data", "tmp"):
            (folder / name).mkdir(mode=0o700)
        (folder / "my.cnf").write_text(MY_CNF.format(folder=folder, port=self.port))
        self._install()
        self.server = self._started()

    def _install(self) -> None:
        install = program("mariadb-install-db", "mariadb-server-core")
        # Forced, it does not look up the name of this host, which not every resolver knows.
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--force"]
        run([install, self._config, *options, *self._user])

    def _started(self) -> Server:
        path = program("mariadbd", "mariadb-server-core")
        server = Server([path, self._config, *self._user], self._folder / "mariadbd.log")
        server.ready_when(lambda: accepts(self.port))
        return server

    def execute(self, statements: str) -> str:
        """Run statements, with semicolons between them, as root; return what they answer."""
        client = program("mariadb", "mariadb-client-core")
        address = [f"--socket={self._folder / 'socket'}", "--user=root"]
        return run([client, "--no-defaults", "--batch", *address, "-e", statements]).stdout

    def stop(self) -> None:
        """End the server at once: closing in good order takes it long."""
        self.server.kill()
