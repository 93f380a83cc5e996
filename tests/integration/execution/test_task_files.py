"""Task files in a real folder."""

from pathlib import Path

import pytest

from adapters.files.directory import DirectoryTaskFiles
from tests.contracts.execution import TaskFilesContract


class TestDirectory(TaskFilesContract):
    @pytest.fixture
    def files(self, tmp_path: Path) -> DirectoryTaskFiles:
        return DirectoryTaskFiles(tmp_path / "task-files")
