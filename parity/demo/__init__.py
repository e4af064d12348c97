"""The demo: real data, real models, the usual converters, three JVM runtimes. Nothing in it is planted."""
