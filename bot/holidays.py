def days_off(a, b):
    return frozenset()


def is_announced(y):
    return True
