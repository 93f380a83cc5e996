"""Task outputs in a folder, which several hosts may share."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from adapters.files.places import is_place, place, places
from domain.job import JobRef


class DirectoryTaskFiles:
    """TaskFiles port: ROOT/job/index-attempt/, each put there whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, job: JobRef, index: int, attempt: int, files: Sequence[Path]) -> None:
        """Keep copies of `files`; a full disk leaves nothing half-written."""
        target = self._root / place(job) / f"{index}-{attempt}"
        draft = self._root / f".draft-{uuid4().hex}"
        draft.mkdir(parents=True)
        try:
            for file in files:
                shutil.copyfile(file, draft / file.name, follow_symlinks=False)
            target.parent.mkdir(parents=True, exist_ok=True)
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
        if is_place(name):
            shutil.rmtree(self._root / name, ignore_errors=True)

    def kept(self) -> Sequence[str]:
        """Return the names that files are kept under here."""
        if not self._root.is_dir():
            return []
        return sorted(entry.name for entry in self._root.iterdir() if is_place(entry.name))
