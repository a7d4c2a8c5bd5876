"""Real-time emotion recognition from facial expression."""

__version__ = "0.1.0"
