"""The folder of a clip's outputs: its name, who works in it, and what it holds."""
