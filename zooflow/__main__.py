"""`python -m zooflow` is `zooflow`."""

from .cli import main

main()
