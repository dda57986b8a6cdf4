"""`formcheck serve`: the phone films, this computer judges; nothing leaves the local network."""
