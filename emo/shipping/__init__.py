"""A run made small enough to pass on, without anything of the machine or the people it was trained on."""
