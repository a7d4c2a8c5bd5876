"""Labels shared with what trained networks see."""
