"""Every type that a command can return: together they are the JSON contract. One file per command family."""
