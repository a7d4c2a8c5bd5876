"""Drawn webcam frames with exact truth: faces by action units, rooms, cameras, clips, labelled folders."""
