"""The part of AWS that moto does for real: what of it may be called, how it is called and how its state lasts."""
