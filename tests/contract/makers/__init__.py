"""One file a format: `MAKERS` are functions of a folder, each of which writes one small artifact into it."""
