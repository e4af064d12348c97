"""Reader of Tribuo's models."""
