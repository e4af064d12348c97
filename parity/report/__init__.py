"""What a run came to: for the terminal, and as JSON with a schema."""
