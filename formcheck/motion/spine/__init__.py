"""The spine: how far the back is rounded or arched, measured on the outline of the body."""
