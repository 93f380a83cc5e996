"""Task outputs in a folder, which several hosts may share."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from adapters.files.places import is_place, place, places
from domain.job import JobRef

DRAFT = ".draft-"
DRAFT_SECONDS = 24 * 3600.0
"""No copy takes longer than that."""


class DirectoryTaskFiles:
    """TaskFiles port: ROOT/job/index-attempt/, each put there whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, job: JobRef, index: int, attempt: int, files: Sequence[Path]) -> None:
        """Keep copies of `files`; a full disk leaves nothing half-written."""
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self._root / place(job)
        target = folder / f"{index}-{attempt}"
        # Beside its target: should this process be killed, it goes when the job is over.
        draft = folder / f"{DRAFT}{uuid4().hex}"
        folder.mkdir(exist_ok=True, mode=0o700)
        draft.mkdir(mode=0o700)
        try:
            for file in files:
                shutil.copyfile(file, draft / file.name, follow_symlinks=False)
                (draft / file.name).chmod(0o600)
            shutil.rmtree(target, ignore_errors=True)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @contextmanager
    def fetch(self, job: JobRef, index: int, attempt: int) -> Iterator[Path]:
        """Lend the folder itself."""
        folders = (self._root / name / f"{index}-{attempt}" for name in places(job))
        folder = next((folder for folder in folders if folder.is_dir()), None)
        if folder is None:
            raise FileNotFoundError(f"outputs of task {index}, attempt {attempt}")
        yield folder

    def remove(self, name: str) -> None:
        """Forget all files kept under a name."""
        if is_place(name) or self._is_old_draft(name):
            shutil.rmtree(self._root / name, ignore_errors=True)

    def kept(self) -> Sequence[str]:
        """Return the names that files are kept under here."""
        if not self._root.is_dir():
            return []
        names = (entry.name for entry in self._root.iterdir())
        return sorted(name for name in names if is_place(name) or self._is_old_draft(name))

    def _is_old_draft(self, name: str) -> bool:
        """Say whether a version before left this, which made its drafts beside the jobs."""
        if not name.startswith(DRAFT):
            return False
        with suppress(FileNotFoundError):
            age = time.time() - (self._root / name).stat().st_mtime
            return age > DRAFT_SECONDS
        return False
