"""Users of every source, looked after by those who run the service."""

from collections.abc import Sequence

from application.accounts.password_rules import check_password
from application.accounts.sign_in import check_new_username
from application.cancellation.cancel_job import CancelJob
from application.ports.clock import Clock
from application.ports.job_overview import JobFilter, JobRecord
from application.ports.security import PasswordHasher
from application.ports.task_files import TaskFiles
from application.ports.unit_of_work import UnitOfWorkFactory
from application.ports.user_directory import UserRecord
from domain.errors import NotFound, YaptideError
from domain.users import UserSource


class UserNotFound(NotFound):
    """No user has this name."""

    def __init__(self, username: str, source: UserSource | None = None) -> None:
        kind = f"{source.value} " if source else ""
        super().__init__(f"There is no {kind}user {username!r}")
        self.username = username


class AmbiguousUser(YaptideError):
    """Users of several sources have this name."""

    def __init__(self, username: str) -> None:
        super().__init__(f"There is a local and a Keycloak user {username!r}: say which")
        self.username = username


class UserHasJobs(YaptideError):
    """The user can't be removed without the jobs."""

    def __init__(self, username: str, jobs: int) -> None:
        super().__init__(f"User {username!r} has {jobs} jobs, which would be removed as well")
        self.username = username
        self.jobs = jobs


class NoPasswordHere(YaptideError):
    """A Keycloak user's password is not ours to change."""

    def __init__(self, username: str) -> None:
        super().__init__(f"{username!r} signs in with Keycloak: the password is changed there")
        self.username = username


class AdministerUsers:
    """Lists, changes and removes users."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        hasher: PasswordHasher,
        cancel: CancelJob,
        task_files: TaskFiles,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._hasher = hasher
        self._cancel = cancel
        self._task_files = task_files
        self._clock = clock

    def all(self) -> Sequence[UserRecord]:
        """Return all users by name."""
        with self._unit_of_work(read_only=True) as work:
            return work.directory.all(self._clock.now())

    def one(self, username: str, source: UserSource | None = None) -> UserRecord:
        """Return the user of a name; UserNotFound, AmbiguousUser."""
        with self._unit_of_work(read_only=True) as work:
            found = work.directory.named(username, self._clock.now())
        fitting = [item for item in found if source in (None, item.source)]
        if not fitting:
            raise UserNotFound(username, source)
        if len(fitting) > 1:
            raise AmbiguousUser(username)
        return fitting[0]

    def add_keycloak(self, username: str) -> None:
        """Add a user before the first sign-in with Keycloak; InvalidInput, UserExists."""
        check_new_username(username)
        with self._unit_of_work() as work:
            work.directory.add_keycloak(username)
            work.commit()

    def set_password(self, username: str, password: str) -> int:
        """Change a local user's password, which ends all sessions; return how many there were.

        UserNotFound, NoPasswordHere, InvalidInput.
        """
        user = self._with_password(username)
        check_password(password, username)
        password_hash = self._hasher.hash(password)
        with self._unit_of_work() as work:
            work.users.set_password(user.id, password_hash)
            ended = work.directory.end_sessions(user.id)
            work.commit()
        return ended

    def rename(self, username: str, new: str, source: UserSource | None = None) -> None:
        """Change a user's name; UserNotFound, AmbiguousUser, UserExists, InvalidInput."""
        check_new_username(new)
        user = self.one(username, source)
        with self._unit_of_work() as work:
            work.directory.rename(user.id, new)
            work.commit()

    def end_sessions(self, username: str, source: UserSource | None = None) -> int:
        """Sign a user out everywhere; return how many sessions there were."""
        user = self.one(username, source)
        with self._unit_of_work() as work:
            ended = work.directory.end_sessions(user.id)
            work.commit()
        return ended

    def remove(
        self, username: str, source: UserSource | None = None, *, with_jobs: bool = False
    ) -> int:
        """Remove a user and, if that is wanted, the jobs; return how many jobs went.

        Sessions end first, so that nothing new begins; running jobs are cancelled. UserHasJobs.
        """
        user = self.one(username, source)
        if user.jobs and not with_jobs:
            raise UserHasJobs(username, user.jobs)
        jobs = self._stop_everything(user)
        with self._unit_of_work() as work:
            work.directory.remove(user.id)
            work.commit()
        for job in jobs:
            self._task_files.remove(job.job_id)
        return len(jobs)

    def _stop_everything(self, user: UserRecord) -> Sequence[JobRecord]:
        with self._unit_of_work() as work:
            work.directory.end_sessions(user.id)
            work.commit()
            found = work.overview.find(JobFilter(username=user.username))
        jobs = [job for job in found if job.source is user.source]
        for job in jobs:
            if not job.state.is_terminal:
                self._cancel(user.id, job.job_id)
        return jobs

    def _with_password(self, username: str) -> UserRecord:
        try:
            return self.one(username, UserSource.LOCAL)
        except UserNotFound:
            self.one(username)
            raise NoPasswordHere(username) from None
