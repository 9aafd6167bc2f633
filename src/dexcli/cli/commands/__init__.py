"""One file per command (or pair of opposites): parse, call one service, show one result. None imports another."""
