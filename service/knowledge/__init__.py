"""`mappings/` as typed look-ups: loaded once at start, checked by `needlewise mappings check`."""
