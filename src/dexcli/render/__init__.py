"""Results become text for people, scripts and mail: a result in, lines out. Nothing is printed here."""
