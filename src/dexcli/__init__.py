"""dexcli: a terminal-first, local-first personal relationship tracker."""

__version__ = "0.1.0"
