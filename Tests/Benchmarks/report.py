"""Tables on standard output, with the bar of each and whether it is met."""


def table(title, bar, *columns):
    print(f"\n## {title}\n\nBar: {bar}\n", flush=True)
    row(*columns)
    print("|" + "---|" * len(columns))


def row(*cells):
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def verdict(*conditions):
    return "met" if all(conditions) else "**missed**"


def rate_verdict(is_met, busy, *others):
    """Requests/s decide nothing when the load's own core is the limit."""
    if all(others) and busy >= 0.85:
        return f"open: load's core {busy:.0%} busy"
    return verdict(is_met, *others)
