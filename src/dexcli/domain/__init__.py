"""What dex knows about relationships: pure functions and frozen structs, no I/O and no clock."""
