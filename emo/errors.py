"""The errors that a user can mend. Entry points print them in one line, without a traceback."""


class UserError(Exception):
    """Something of the user's is not as it should be: the message says what, and what to do."""


class DataError(UserError):
    """A file of a dataset cannot be used; the message starts with the file's name."""


class ConfigError(UserError):
    """A setting is unknown, of the wrong type or out of range; the message names it."""
