"""Guided capture of one's own photos: what is wanted, which frames are good enough, who says what when."""
