"""Labelled photos: labelme files, images, datasets and the augmented views drawn from them."""
