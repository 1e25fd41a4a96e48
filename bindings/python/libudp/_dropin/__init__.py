"""The drop-in `libudp.socket`: Python's own socket class over the library."""
