"""Starts everything Cloakroom needs around itself, and Cloakroom: for the demo, and for the tests from end to end."""
