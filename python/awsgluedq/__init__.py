"""The awsgluedq package by name: Studio's scripts import it."""
