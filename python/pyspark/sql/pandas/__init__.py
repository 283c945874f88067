"""Functions over pandas inside of frames; nothing here needs pandas before it is called."""
