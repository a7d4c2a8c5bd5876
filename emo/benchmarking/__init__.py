"""How fast everything is on this machine, side by side."""
