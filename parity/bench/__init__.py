"""What scoring costs, on the JVM and in Python, on the same rows."""
