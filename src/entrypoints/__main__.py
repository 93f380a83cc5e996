"""`python -m entrypoints` is the command `yaptide`, also where the script isn't on the path."""

from entrypoints.cli import main

main()
