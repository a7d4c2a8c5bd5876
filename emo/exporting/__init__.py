"""From a checkpoint to a file that runs without PyTorch, and the proof that it still says the same."""
