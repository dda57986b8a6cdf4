"""The speed judge: a long clip, formcheck and a plain loop run on it as programs of their own, watched from outside."""
