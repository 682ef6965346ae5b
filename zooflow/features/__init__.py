"""The feature store: what a frozen trunk says of an example is computed once and kept."""
