"""The awsglueml package by name: scripts of Glue Studio import it."""
