"""Where records come from: one file per format or protocol, each standing alone."""
