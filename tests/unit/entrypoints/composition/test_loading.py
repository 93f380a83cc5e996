"""What a process loads before it does anything: commands and workers are started all the time."""

import subprocess
import sys

import pytest

SLOW = {
    "alembic", "boto3", "huey", "keycloak", "matplotlib", "numpy", "paramiko", "psycopg",
    "pymchelper", "redis",
}  # fmt: skip


@pytest.mark.parametrize("module", ["entrypoints.cli", "entrypoints.composition.container"])
def test_slow_libraries_are_loaded_only_by_what_uses_them(module: str) -> None:
    program = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert module in loaded
    assert not SLOW & loaded
