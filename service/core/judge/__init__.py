"""Facts → Screening: each rule of the packs is walked once, and the walk explains itself."""
