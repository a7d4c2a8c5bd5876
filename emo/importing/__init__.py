"""Data sets of others, turned into labelme folders; one module for each format."""
