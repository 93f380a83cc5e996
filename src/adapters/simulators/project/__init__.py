"""The project of the editor, versions 0.10 to 0.12, typed and checked."""
