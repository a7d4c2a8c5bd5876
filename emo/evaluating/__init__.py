"""How good a checkpoint is on a dataset: figures with intervals, where it fails, and a report in one file."""
