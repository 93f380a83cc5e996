"""An installation of ours with registered clusters, and the Keycloak users who compute there."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.cluster import Cluster
from domain.users import KeycloakUser
from entrypoints.composition.container import Container, make_container
from entrypoints.processes.database_ready import ready_database
from entrypoints.settings import read_settings
from tests.integration.servers.deployment import SECRET, Deployment
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.service.service import Browser
from tests.integration.slurm.conftest import certified
from tests.locations import TESTS

DATA = TESTS / "data" / "simulators" / "shieldhit"
PROJECT = json.loads((DATA / "project_with_input_files.json").read_text())["input"]["inputJson"]


class Installation:
    """Keeps everything in a folder; its processes run once they are started."""

    def __init__(self, folder: Path, slurm: SlurmCluster, clusters: Sequence[Cluster]) -> None:
        self.slurm = slurm
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            "DATABASE_URL": f"sqlite:///{folder / 'yaptide.sqlite'}",
            "QUEUE_URL": str(folder / "queue"),
            "SECRET_KEY": SECRET,
        }
        self.container: Container = make_container(read_settings(self.environment))
        ready_database(self.container)
        with self.container.unit_of_work() as work:
            self.clusters = [work.clusters.add(cluster) for cluster in clusters]
            work.commit()
        database, queue = self.environment["DATABASE_URL"], self.environment["QUEUE_URL"]
        # The workers here have no simulator: only the cluster has.
        self.deployment = Deployment(folder, database, queue, folder / "no-simulators")
        url = f"http://127.0.0.1:{self.deployment.port}"
        self.deployment.settings["BACKEND_EXTERNAL_URL"] = url

    def user(self, name: str) -> KeycloakUser:
        """Return somebody whom Keycloak has vouched for and who has an SSH certificate."""
        with self.container.unit_of_work() as work:
            user: KeycloakUser = work.users.ensure_keycloak(name)
            work.commit()
        self.container.ssh_credentials().store(user, certified(self.slurm.ssh, name))
        return user

    def browser(self, name: str) -> Browser:
        """Return the browser of such a user, signed in."""
        token = self.container.sessions().open_access(self.user(name).id, None)
        browser = Browser(self.deployment)  # type: ignore[arg-type]
        browser._opener.addheaders = [("Cookie", f"access_token={token.text}")]
        return browser

    def stop(self) -> None:
        """End all processes, and the connections of this one."""
        self.deployment.stop()
        self.container.batch_clusters().close()
        self.container.engine().dispose()


def submission(cluster: str = "default", ntasks: int = 4, **changes: Any) -> dict[str, Any]:
    """Return what a browser sends to have the project computed on a cluster."""
    return {
        "sim_type": "shieldhit", "ntasks": ntasks, "title": "On a cluster",
        "input_type": "editor", "input_json": PROJECT,
        "batch_options": {
            "cluster_name": cluster,
            "array_header": "#!/bin/bash\n#SBATCH --time=0:15:00\n",
            "array_options": {"time": "0:20:00"},
            "collect_options": {"time": "0:15:00", "p": "normal"},
        },
        **changes,
    }  # fmt: skip
