"""Everything the platform refuses or fails at, typed, with the ids and fields it is about."""


class YaptideError(Exception):
    """Base of all errors; `str(error)` is plain text that a person can act on."""


class InvalidInput(YaptideError):
    """Something a user sent is wrong: `field` says where, the message what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class Unsupported(InvalidInput):
    """The chosen simulator can't do what `field` of the project asks for."""


class InputTooLarge(InvalidInput):
    """What was sent is larger than what is accepted."""


class NotAuthenticated(YaptideError):
    """Nobody is signed in, or the proof of it is wrong or has expired."""


class RefreshTokenReplayed(NotAuthenticated):
    """A refresh token came back after others had taken its place: somebody else has a copy."""

    def __init__(self, message: str, user_id: int) -> None:
        super().__init__(message)
        self.user_id = user_id


class NotAllowed(YaptideError):
    """Somebody is signed in who may not do this."""


class NotFound(YaptideError):
    """What was asked for does not exist."""


class JobNotFound(NotFound):
    """No job has this id."""

    def __init__(self, job_id: str) -> None:
        # The frontend compares this sentence letter by letter.
        super().__init__("Job with provided ID does not exist")
        self.job_id = job_id


class UnknownSimulation(InvalidInput):
    """A worker reported on a simulation that does not exist (any more)."""

    def __init__(self, simulation_id: int) -> None:
        super().__init__("simulation_id", f"no simulation {simulation_id}")
        self.simulation_id = simulation_id


class UserExists(NotAllowed):
    """The user name is taken."""

    def __init__(self, username: str) -> None:
        super().__init__("User existing")
        self.username = username


class Unavailable(YaptideError):
    """Something that everything needs does not answer now; the same may succeed a little later."""


class JobStillRunning(YaptideError):
    """The job can't be removed before it is over."""

    def __init__(self, job_id: str) -> None:
        super().__init__(f"Job {job_id} is still running: cancel it first")
        self.job_id = job_id


class SubmissionKeyTaken(YaptideError):
    """A job was submitted with this key already."""

    def __init__(self, key: str) -> None:
        super().__init__(f"A job was submitted with the key {key!r} already")
        self.key = key


class SubmissionKeyReused(YaptideError):
    """A key that stands for one submission came with another one."""

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key: was used for another submission; choose a new key for each job"
        )


class TooManyAttempts(YaptideError):
    """Somebody tried to sign in too often; `wait_seconds` tells when to try again."""

    def __init__(self, wait_seconds: int) -> None:
        minutes = -(-wait_seconds // 60)
        super().__init__(
            f"Too many failed attempts to sign in; try again in {minutes} "
            f"minute{'s' if minutes > 1 else ''}"
        )
        self.wait_seconds = wait_seconds


class TooManyWaiting(YaptideError):
    """All places for those who wait for a job to change are taken."""

    def __init__(self) -> None:
        super().__init__("Too many requests wait for changes; ask again in a few seconds")


class TooManyBodies(YaptideError):
    """There is no room for one more large body."""

    def __init__(self) -> None:
        super().__init__("Too many large requests come in at once; send this one again in a moment")


class JobStillOnCluster(JobStillRunning):
    """The job is over, but its cluster has not yet said that nothing of it runs any more."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.args = (f"Job {job_id} is still being ended on its cluster: try again in a minute",)


class SimulatorNotInstalled(InvalidInput):
    """No executable of this simulator was found, on this machine or at the places `where`.

    `besides` is what else can be done, told behind the remedy.
    """

    def __init__(self, simulator: str, remedy: str, where: str = "", besides: str = "") -> None:
        super().__init__("sim_type", f"{simulator} is not installed{where}: {remedy}{besides}")
        self.simulator = simulator


class InstallationFailed(YaptideError):
    """A simulator could not be installed; what was there before is still there."""


class NotInstalledByUs(NotFound):
    """No installation of this simulator was made by our installer."""

    def __init__(self, simulator: str) -> None:
        super().__init__(f"{simulator} was not installed by `yaptide simulators install`")
        self.simulator = simulator


class StoreUnreachable(Unavailable):
    """The store of binaries, or a web site, does not answer."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place} can't be reached: {reason}")
        self.place = place


class StoreRefused(NotAllowed):
    """The store of binaries doesn't let us."""

    def __init__(self, what: str, place: str) -> None:
        super().__init__(f"{place} refuses {what}: look at S3_ACCESS_KEY and S3_SECRET_KEY")
        self.what = what


class ObjectNotFound(NotFound):
    """The store of binaries has no such bucket or file."""

    def __init__(self, what: str, place: str) -> None:
        super().__init__(f"{place} has no {what}")
        self.what = what


class SimulationFailed(YaptideError):
    """A simulator ended without a usable result."""


class ComputationFailed(SimulationFailed):
    """What a simulator left could not be computed: an unexpected error, or too much of it."""


class ComputationLost(ComputationFailed):
    """The process that computed was killed by somebody else, such as a system short of memory."""


class ComputationUnwanted(YaptideError):
    """A computation was ended, since nobody wants its result any more."""


class ConfinementUnavailable(YaptideError):
    """Engines may run only where they are confined, and the kernel of this machine can't do it."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"CONFINE_SIMULATORS: is required, but {reason}; use one that has it (Linux 5.13 or "
            "newer, in containers under a runtime that lets its system calls through), or set "
            "available to run them all the same"
        )


class NoRoom(YaptideError):
    """The disk of a worker is full: what it was to do can be done elsewhere or later."""


class RunsElsewhere(YaptideError):
    """A worker asked for a task whose simulator it lacks, and another is there or expected."""

    def __init__(self, simulator: str) -> None:
        super().__init__(f"this worker has no {simulator}: another one may run the task")
        self.simulator = simulator


class BackendUnreachable(YaptideError):
    """A worker could not deliver a report."""


class QueueUnavailable(Unavailable):
    """The queue can't be reached; what was to be put there waits until it can."""


class BackendRefused(YaptideError):
    """The backend refused a report for good; repeating it would not help."""


class ClusterExists(InvalidInput):
    """The name of the cluster is taken."""

    def __init__(self, name: str) -> None:
        super().__init__("name", f"there is a cluster {name!r} already; remove it first")
        self.cluster = name


class ClusterNotFound(InvalidInput):
    """No cluster has this name."""

    def __init__(self, name: str, known: str) -> None:
        super().__init__(
            "batch_options.cluster_name", f"{name!r} is not a cluster; choose one of: {known}"
        )
        self.cluster = name


class ClusterInUse(YaptideError):
    """The cluster can't be removed while jobs refer to it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Jobs were sent to the cluster {name}: remove them first")
        self.cluster = name


class ClusterUnreachable(YaptideError):
    """A cluster could not be asked, so that nothing is known of what was asked for."""


class ClusterRefused(YaptideError):
    """A cluster said no; the message holds its own words."""


class CredentialsUnusable(ClusterUnreachable):
    """A user's key or certificate for clusters is missing, expired or for somebody else."""


class SecretUnreadable(YaptideError):
    """A stored secret was encrypted with another key, or for somebody else, or is damaged."""


class InvalidSshCertificate(YaptideError):
    """A certificate that no cluster would take, or that doesn't belong to the key beside it."""


class SshCredentialsMissing(NotAllowed):
    """A user has no SSH certificate that is good now, so no cluster would let them in."""

    def __init__(self, user_id: int, reason: str) -> None:
        super().__init__(reason)
        self.user_id = user_id
