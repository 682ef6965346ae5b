"""What each family is held against: a module of its name with three things.

`names()` lists its networks, `reference(name)` runs one in the library that it comes from, and
`LEFT_OUT` maps patterns of architectures that zooflow does not trace to the reason. `QUICK` names
the few networks that differ in kind, which the tests take by default.
"""
