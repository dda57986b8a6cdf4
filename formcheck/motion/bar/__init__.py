"""The bar: found in the pixels once and followed through the set."""
