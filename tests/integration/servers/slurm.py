"""A real Slurm cluster with accounting: two nodes on this host, and the SSH server of its login."""

import getpass
import os
import shutil
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

from tests.integration.servers.mariadb import MariaDb
from tests.integration.servers.openssh import SshServer
from tests.integration.servers.process import (
    ProgramFailed,
    Server,
    free_port,
    program,
    run,
    wait_until,
)

NODES = ("n1", "n2")
COUNTED = ("squeue", "sacct", "sbatch", "scancel", "scontrol")

SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={root}/munge/socket,ttl=300
CryptoType=crypto/munge
StateSaveLocation={root}/state
SlurmdSpoolDir={root}/spool-%n
SlurmctldPidFile={root}/slurmctld.pid
SlurmdPidFile={root}/slurmd-%n.pid
SlurmctldLogFile={root}/slurmctld.log
SlurmdLogFile={root}/slurmd-%n.log
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={accounting}
AccountingStoragePass={root}/munge/socket
JobAcctGatherType=jobacct_gather/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
DefMemPerCPU=64
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1,bf_max_time=10
KillWait=2
CompleteWait=0
MinJobAge=300
JobRequeue=0
MessageTimeout=5
PropagateResourceLimits=NONE
{nodes}
PartitionName=normal Nodes=ALL Default=YES MaxTime=60 State=UP
"""

# No plugin above asks for a control group. The nodes load one all the same, and that of version 1 does
# so where none are mounted too, as in a plain root.
CGROUP_CONF = "CgroupPlugin=cgroup/v1\n"

SLURMDBD_CONF = """
AuthType=auth/munge
AuthInfo=socket={root}/munge/socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={accounting}
SlurmUser={user}
LogFile={root}/slurmdbd.log
PidFile={root}/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={database}
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm
"""

COUNTING = """#!/bin/sh
echo "$(date +%s.%N) $SSH_CONNECTION {name} $*" >> {root}/calls.log
[ -e {root}/before-{name} ] && . {root}/before-{name}
exec {real} "$@"
"""


class SlurmCluster:
    """munge, MariaDB, slurmdbd, slurmctld, slurmd and sshd under one folder, on ports of its own."""

    def __init__(self) -> None:
        # Sockets have short names only: not below pytest's own long folder.
        self.root = Path(mkdtemp(prefix="slurm-", dir="/tmp"))
        self.scratch = self.root / "scratch"
        self.tools = self.root / "tools"
        self.conf = self.root / "slurm.conf"
        self.controller_port = free_port()
        self._servers: list[Server] = []
        try:
            self._prepare()
            self._start()
        except BaseException:
            self.stop()
            raise

    def _prepare(self) -> None:
        for name in ("munge", "state", "scratch", "tools"):
            (self.root / name).mkdir(mode=0o700)
        self.root.chmod(0o755)
        self._values = {
            "root": str(self.root),
            "user": getpass.getuser(),
            "host": socket.gethostname().split(".")[0],
            "controller": self.controller_port,
            "accounting": free_port(),
        }
        nodes = [
            f"NodeName={name} NodeHostname={self._values['host']} NodeAddr=127.0.0.1 Port={free_port()} "
            "CPUs=8 RealMemory=4000 State=UNKNOWN"
            for name in NODES
        ]
        self.conf.write_text(SLURM_CONF.format(**self._values, nodes="\n".join(nodes)))
        (self.root / "cgroup.conf").write_text(CGROUP_CONF)
        for name in COUNTED:
            path = self.tools / name
            real = program(name, "slurm-client")
            path.write_text(COUNTING.format(name=name, root=self.root, real=real))
            path.chmod(0o755)

    def _start(self) -> None:
        self._start_munge()
        self._start_database()
        self._serve("slurmdbd", "slurmdbd", "-D").ready_when(self._accounting_answers)
        self.controller = self._serve("slurmctld", "slurmctld", "-D", "-f", str(self.conf))
        for name in NODES:
            argv = ["slurmd", "-D", "-N", name, "-f", str(self.conf)]
            self._serve("slurmd", *argv, name=f"slurmd-{name}")
        self.ssh = self.login_node("ssh")
        self.wait_until_idle()

    def login_node(self, name: str, more: str = "") -> SshServer:
        """Start a login node whose users find the cluster's commands; `more` goes to sshd_config.

        Each has an authority of its own that vouches for its users.
        """
        environment = {
            "SLURM_CONF": str(self.conf),
            "SCRATCH": str(self.scratch),
            "PATH": f"{self.tools}:/usr/local/bin:/usr/bin:/bin",
        }
        root = self.root / name
        root.mkdir(mode=0o700)
        return SshServer(root, environment, more)

    def _serve(self, package: str, *argv: str, name: str = "", log: str = "") -> Server:
        """Start a daemon that prints to NAME.out and writes to `log`, which is NAME.log if empty."""
        name = name or argv[0]
        logs = [self.root / (log or f"{name}.log")]
        argv = (program(argv[0], package), *argv[1:])
        server = Server(argv, self.root / f"{name}.out", self.environment(), logs)
        self._servers.append(server)
        return server

    def environment(self) -> dict[str, str]:
        """Return what a shell on the cluster knows."""
        return {**os.environ, "SLURM_CONF": str(self.conf)}

    def _start_munge(self) -> None:
        folder = self.root / "munge"
        key = folder / "key"
        key.touch(mode=0o600)
        key.write_bytes(os.urandom(128))
        files = {"socket": "socket", "key-file": "key", "pid-file": "pid", "log-file": "log"}
        options = [f"--{option}={folder / name}" for option, name in files.items()]
        seed = f"--seed-file={folder / 'seed'}"
        argv = ["munged", "--foreground", "--force", *options, seed]
        munge = self._serve("munge", *argv, log="munge/log")
        # The nodes' daemons go through the socket as other users do.
        folder.chmod(0o755)
        munge.ready_when((folder / "socket").exists)

    def _start_database(self) -> None:
        folder = self.root / "mariadb"
        folder.mkdir(mode=0o700)
        self.database = MariaDb(folder)
        self.database.execute(
            "create database slurm; create user slurm@'127.0.0.1' identified by 'slurm'; "
            "create user slurm@'localhost' identified by 'slurm'; "
            "grant all on slurm.* to slurm@'127.0.0.1'; grant all on slurm.* to slurm@'localhost'"
        )
        dbd = self.root / "slurmdbd.conf"
        dbd.touch(mode=0o600)
        dbd.write_text(SLURMDBD_CONF.format(**self._values, database=self.database.port))

    def _accounting_answers(self) -> bool:
        return self.run("sacctmgr", "-n", "list", "cluster", check=False).returncode == 0

    def is_idle(self) -> bool:
        """Say whether all nodes are there and none has anything to do."""
        found = self.run("sinfo", "-h", "-N", "-o", "%N %t", check=False).stdout.split("\n")
        return {f"{name} idle" for name in NODES} <= set(found)

    def wait_until_idle(self) -> None:
        """Wait until all nodes are there and none has anything to do."""
        wait_until(self.is_idle, "idle nodes")

    def run(self, *argv: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a Slurm command as an administrator of the cluster would, uncounted."""
        words = [program(argv[0], "slurm-client"), *argv[1:]]
        return run(words, check=check, env=self.environment())

    def install(self, name: str, text: str) -> None:
        """Put an executable on the PATH of the cluster's users."""
        path = self.tools / name
        path.write_text(text)
        path.chmod(0o755)

    def before(self, name: str, script: str) -> None:
        """Have lines of shell run before each counted call of a command; none with an empty text.

        What the command is called with are their parameters too.
        """
        path = self.root / f"before-{name}"
        if script:
            path.write_text(script)
        else:
            path.unlink(missing_ok=True)

    def calls(self, name: str, since: int = 0) -> list[str]:
        """Return the lines of counted calls of a command that came over SSH."""
        log = self.root / "calls.log"
        lines = log.read_text().splitlines()[since:] if log.exists() else []
        return [line for line in lines if f" {name} " in line]

    def job_ids(self) -> list[int]:
        """Return the ids of all jobs the controller remembers."""
        rows = self.run("squeue", "-h", "-t", "all", "-o", "%F").stdout.split()
        return sorted({int(row) for row in rows})

    def kill_controller(self) -> None:
        """End slurmctld at once, as a crash would."""
        self.controller.kill()
        self._servers.remove(self.controller)

    def pause_controller(self) -> None:
        """Freeze slurmctld: it takes connections and never answers."""
        os.killpg(self.controller.process.pid, signal.SIGSTOP)

    def resume_controller(self) -> None:
        """End a pause."""
        os.killpg(self.controller.process.pid, signal.SIGCONT)

    def start_controller(self) -> None:
        """Start slurmctld again; it remembers its jobs."""
        self.controller = self._serve("slurmctld", "slurmctld", "-D", "-f", str(self.conf))
        self.controller.ready_when(lambda: self.run("squeue", check=False).returncode == 0)

    def stop(self) -> None:
        """End everything, jobs included, and remove what it left."""
        if hasattr(self, "ssh"):
            with suppress(ProgramFailed):
                self.run("scancel", "--full", "--signal=KILL", "--user", getpass.getuser())
            self.ssh.stop()
        for server in reversed(self._servers):
            server.kill()
        if hasattr(self, "database"):
            self.database.stop()
        shutil.rmtree(self.root, ignore_errors=True)
