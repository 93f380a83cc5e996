"""The environment variables there are, and what each means."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable, perhaps with a second name, and what it means."""

    name: str
    meaning: str
    also: str = ""
    default: str = ""
    secret: bool = False


VARIABLES = (
    Variable("DATA_DIR", "folder for everything that is kept", default="~/.local/share/yaptide"),
    Variable("SIMULATORS_DIR", "folder of installed simulators; default DATA_DIR/simulators"),
    Variable(
        "GEANT4_COMMAND",
        "application of the site that reads a GDML file and a macro; in its arguments `{geometry}` "
        "and `{macro}` stand for the files, without them both are added",
    ),
    Variable(
        "SUBSTITUTE_SIMULATORS",
        "simulators that run projects meant for one that no worker has, such as "
        "`shieldhit=geant4,mcsquare;fluka=mcsquare`: the first that scores all, else the one that "
        "scores most; users are told, and files are never run so; default none",
    ),
    Variable(
        "DATABASE_URL",
        "database; default a SQLite file under DATA_DIR",
        also="FLASK_SQLALCHEMY_DATABASE_URI",
        secret=True,
    ),
    Variable(
        "QUEUE_URL",
        "queue: redis://, rediss:// (TLS) or a folder for SQLite files; default DATA_DIR/queue",
        also="CELERY_BROKER_URL",
        secret=True,
    ),
    Variable(
        "CELERY_RESULT_BACKEND",
        "accepted for older deployments and not needed: the queue keeps no results",
    ),
    Variable(
        "BACKEND_INTERNAL_URL", "where workers reach the API", default="http://127.0.0.1:5000"
    ),
    Variable("BACKEND_EXTERNAL_URL", "where browsers reach the API; default the internal one"),
    Variable(
        "CORS_ORIGINS",
        "origins, separated by commas, that may call the API from a browser; "
        "`true` means the local development frontend",
        also="FLASK_USE_CORS",
    ),
    Variable("MAX_CORES", "tasks run at once by a simulation worker; default all cores"),
    Variable("LOG_LEVEL_ROOT", "DEBUG, INFO, WARNING or ERROR", default="INFO"),
    Variable(
        "SECRET_KEY",
        "signs tokens and encrypts SSH keys, at least 32 characters; by default one is made under "
        "DATA_DIR, with the database of a server it must be set",
        secret=True,
    ),
    Variable(
        "SECRET_KEY_PREVIOUS",
        "the SECRET_KEY before this one: what it signed and encrypted is still accepted",
        secret=True,
    ),
    Variable("KEYCLOAK_BASE_URL", "Keycloak's address, for sign-in with it; default none"),
    Variable("KEYCLOAK_REALM", "its realm"),
    Variable("KEYCLOAK_CLIENT_ID", "the client with which the frontend signs users in"),
    Variable(
        "KEYCLOAK_ISSUER",
        "who its tokens name as their issuer, where browsers reach it at another address than we",
    ),
    Variable(
        "KEYCLOAK_SERVICE_CLAIM",
        "the claim of a token that lists what its user may use",
        default="plgridAccessServices",
    ),
    Variable("KEYCLOAK_SERVICE", "what must stand in that claim", default="PLG_YAPTIDE_ACCESS"),
    Variable(
        "CERT_AUTH_URL",
        "the service that certifies SSH keys of Keycloak users for the clusters; default none",
    ),
    Variable(
        "SIMULATOR_MEMORY_MIB",
        "memory of all processes of one task together; 0 means no limit",
        default="16384",
    ),
    Variable(
        "SIMULATOR_FILE_MIB", "largest file of a simulator; 0 means no limit", default="16384"
    ),
    Variable("SIMULATOR_PROCESSES", "processes of one task; 0 means no limit", default="256"),
    Variable(
        "MERGE_MEMORY_MIB",
        "memory of a process that looks at outputs or merges them; 0 means no limit",
        default="8192",
    ),
    Variable("MERGE_HOURS", "how long such a process may compute; 0 means no limit", default="2"),
    Variable("SIMULATOR_HOURS", "how long one task may run; 0 means no limit", default="168"),
    Variable(
        "ACCESS_TOKEN_SECONDS",
        "life of an access token; the frontend renews it, and the session, after a third of it",
        default="600",
    ),
    Variable(
        "SESSION_IDLE_SECONDS",
        "how long the session of a user with a password lasts that is not used: a tab that is "
        "open and awake uses it",
        default="7200",
    ),
    Variable(
        "SESSION_DAYS",
        "how long such a session lasts at the most, however much it is used; it counts from "
        "sign-in, and for sessions that begin from then on",
        default="30",
    ),
    Variable(
        "CONFINE_SIMULATORS",
        "whether the kernel (Landlock) keeps simulators to their own files: `required` runs none "
        "where it can't, `available` says so and runs them, `off` confines none",
        default="available",
    ),
    Variable(
        "SIMULATOR_READS",
        "what confined simulators may read besides the system's libraries and their own "
        "installation: full paths of folders and files, separated by commas",
    ),
    Variable("ALLOW_REGISTRATION", "whether anybody may register", default="true"),
    Variable("TRUST_PROXY", "whether a proxy in front sets X-Forwarded-Proto", default="false"),
    Variable("FRONTEND_DIR", "folder of the built frontend, served beside the API; default none"),
    Variable("PATH_PREFIX", "path before each address of the API, such as /api; default none"),
    Variable("WEB_WORKERS", "processes of the web server", default="2"),
    Variable("WEB_THREADS", "threads of each of its processes", default="16"),
    Variable(
        "WEB_BODY_MIB",
        "memory that each of its processes gives to large bodies on their way, in MiB, at least "
        "200; a sender for whom there is no room is told to come again",
        default="256",
    ),
    Variable(
        "TASK_LEASE_SECONDS",
        "how long a task may be silent before it counts as lost",
        default="60",
    ),
    Variable(
        "STOP_GRACE_SECONDS",
        "how long running tasks may go on when a simulation worker is told to stop; those that "
        "have not ended by then are handed back",
        default="5",
    ),
    Variable(
        "LEAST_DISK_MIB",
        "free space under DATA_DIR, in MiB, below which a simulation worker begins no task",
        default="256",
    ),
    Variable("S3_ENDPOINT", "address of an S3-compatible store; default Amazon's"),
    Variable("S3_ACCESS_KEY", "name of the key to the store"),
    Variable("S3_SECRET_KEY", "the key to the store", secret=True),
    Variable("S3_REGION", "region of the store", default="us-east-1"),
    Variable(
        "S3_TASK_FILES_BUCKET",
        "bucket in which outputs of tasks wait until they are merged; default a folder under "
        "DATA_DIR, which several hosts must share",
    ),
    Variable(
        "SSH_KNOWN_HOSTS",
        "known_hosts file with the host keys of clusters; those stored with a cluster count too",
    ),
    Variable(
        "CLUSTER_FOLDER_DAYS",
        "how long the folder of a batch job stays on its cluster after its end",
        default="30",
    ),
    Variable("RECOVERY_SECONDS", "how often lost work is looked for", default="5"),
    Variable("COMPRESSION", "how large things are kept: gzip or zstd", default="gzip"),
    Variable("S3_ENCRYPTION_PASSWORD", "opens the binaries in the store", secret=True),
    Variable("S3_ENCRYPTION_SALT", "goes with the password", secret=True),
    Variable("S3_SHIELDHIT_BUCKET", "bucket with SHIELD-HIT12A; default its maker's demo version"),
    Variable("S3_SHIELDHIT_KEY", "name of SHIELD-HIT12A in its bucket"),
    Variable("S3_FLUKA_BUCKET", "bucket with FLUKA"),
    Variable("S3_FLUKA_KEY", "name of FLUKA in its bucket"),
    Variable("S3_TOPAS_BUCKET", "bucket with TOPAS"),
    Variable("S3_TOPAS_KEY", "name of TOPAS in its bucket"),
    Variable("S3_TOPAS_VERSION", "version of that file as the store counts it; default the newest"),
    Variable("S3_GEANT4_BUCKET", "bucket whose archives are the Geant4 data of TOPAS"),
    Variable("SHIELDHIT_DEMO_URL", "where the demo version is; default its maker's web site"),
    Variable(
        "INSTALL_SIMULATORS",
        "simulators, separated by commas, that a simulation worker installs when it starts",
    ),
)
