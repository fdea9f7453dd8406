"""What the tests from end to end stand on: a scripted provider, a recording upstream, raw sockets, the whole site."""
