"""Live: frames in, steadied faces out, to windows, videos and tables."""
