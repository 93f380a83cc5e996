"""What all rooms stand on: settings, clock, database, queue, secrets, simulators."""

import threading

from dependency_injector import containers, providers

from adapters.auth.fernet_box import FernetSecretBox
from adapters.auth.jwt_tokens import JwtTokenIssuer
from adapters.auth.passwords import Argon2PasswordHasher
from adapters.auth.ssh_certificates import OpenSshCertificateReader
from adapters.clock.system import SystemClock
from adapters.compression.gzip import GzipCompressor
from adapters.compression.zstd import ZstdCompressor
from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema
from adapters.database.unit_of_work import SqlUnitOfWork
from adapters.executors.local_process.executor import LocalProcessExecutor
from adapters.executors.slurm_ssh.executor import SlurmExecutor
from application.submission.platform_executors import PlatformExecutors
from domain.job import Platform
from entrypoints.composition.lazy_adapters import make_queue
from entrypoints.composition.process_runner import make_runner
from entrypoints.composition.simulators import make_simulators
from entrypoints.composition.task_files import make_task_files
from entrypoints.settings import Settings


class Foundation(containers.DeclarativeContainer):
    """The adapters that several rooms share."""

    settings = providers.Dependency(instance_of=Settings)
    stopping = providers.Singleton(threading.Event)

    clock = providers.Singleton(SystemClock)
    compressor = providers.Selector(
        settings.provided.compression,
        gzip=providers.Singleton(GzipCompressor),
        zstd=providers.Singleton(ZstdCompressor),
    )
    engine = providers.Singleton(make_engine, settings.provided.database_url)
    schema = providers.Singleton(Schema, engine)
    unit_of_work = providers.Factory(SqlUnitOfWork, engine, compressor)
    queue = providers.Singleton(make_queue, settings.provided.queue_address)
    executor = providers.Singleton(
        PlatformExecutors,
        providers.Dict(
            {
                Platform.DIRECT: providers.Singleton(LocalProcessExecutor, queue),
                Platform.BATCH: providers.Singleton(SlurmExecutor, queue),
            }
        ),
    )
    task_files = providers.Singleton(make_task_files, settings)
    hasher = providers.Singleton(Argon2PasswordHasher)
    secret_keys = (settings.provided.secret_key, settings.provided.secret_key_previous)
    tokens = providers.Singleton(JwtTokenIssuer, clock, *secret_keys)
    secret_box = providers.Singleton(FernetSecretBox, *secret_keys)
    certificate_reader = providers.Singleton(OpenSshCertificateReader)
    runner = providers.Singleton(make_runner, settings)
    simulators = providers.Singleton(
        make_simulators,
        settings.provided.simulators_dir,
        geant4_command=settings.provided.geant4_command,
        ask=runner.provided.ask,
    )
