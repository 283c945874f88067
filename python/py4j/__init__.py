"""py4j by name only: there is no JVM, but scripts catch its exceptions."""
