"""What a process of the service writes is its user's alone."""

import os

from entrypoints.settings import Settings
from entrypoints.settings.private_folder import own_folder


def keep_private(settings: Settings) -> None:
    """Close the data folder to others, and let this process open nothing to them."""
    os.umask(0o077)
    own_folder(settings.data_dir)
