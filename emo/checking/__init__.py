"""A linter for datasets: what would stop a training, and what would spoil it quietly."""
