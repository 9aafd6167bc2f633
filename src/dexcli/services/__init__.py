"""Use cases as functions: the only place where a source, the domain and the store meet."""
