"""One package per simulator, and the editor's project that they share."""
