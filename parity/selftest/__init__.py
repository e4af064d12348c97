"""Known faults put into the user's own artifact or its scores, and how many of them are found."""
