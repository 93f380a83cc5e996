"""A queue whose workers are threads of this process."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from application.ports.task_queue import MergeMessage, QueueName, TaskMessage, WaitingWork
from domain.job import JobRef


class ThreadQueue:
    """Runs what is enqueued as soon as a thread is free; `connect` it before it is used."""

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="task")
        self._futures: list[Future[None]] = []
        self._run_task: Callable[[TaskMessage], None] | None = None
        self._run_merge: Callable[[MergeMessage], None] | None = None

    def connect(
        self,
        run_task: Callable[[TaskMessage], None],
        run_merge: Callable[[MergeMessage], None],
    ) -> None:
        """Say what to do with messages; the use cases need the queue before it knows them."""
        self._run_task = run_task
        self._run_merge = run_merge

    def enqueue_tasks(self, messages: Sequence[TaskMessage]) -> bool:
        """Run these tasks as soon as threads are free."""
        assert self._run_task is not None
        self._futures += [self._pool.submit(self._run_task, message) for message in messages]
        return True

    def enqueue_merge(self, message: MergeMessage) -> bool:
        """Merge as soon as a thread is free; whoever waits in front of us merges the rest."""
        if message.partial:
            return False
        assert self._run_merge is not None
        self._futures.append(self._pool.submit(self._run_merge, message))
        return True

    def enqueue_cleanup(self, job: JobRef) -> bool:
        """Leave the files: their folder is removed with everything else at the end."""
        del job
        return True

    def enqueue_batch(self, job: JobRef) -> bool:
        """Do nothing: no batch job is submitted from a terminal."""
        del job
        return False

    def length(self, queue: QueueName) -> int:
        """Return 0: work of threads can't be lost, so nobody needs to look for it."""
        del queue
        return 0

    def waiting_work(self) -> WaitingWork:
        """Return nothing: work of threads can't be lost."""
        return ()

    def raise_failures(self) -> None:
        """Raise the first error that a thread ended with, if any did."""
        for future in self._futures:
            if future.done() and not future.cancelled():
                future.result()

    def close(self) -> None:
        """Forget what waits and wait for what runs."""
        self._pool.shutdown(cancel_futures=True)
