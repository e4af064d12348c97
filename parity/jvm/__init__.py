"""The JVM side: jars, finding a JVM, the worker process and its client, the block of memory that both map."""
