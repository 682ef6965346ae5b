"""The store: arrays made of examples, on disk, found again by all that they were made from.

Decoded images and what frozen trunks said lie in it. NumPy alone is needed, and to see and clear
it not even that.
"""
