"""What transformers writes in config.json, as the arguments of a family, and back."""
