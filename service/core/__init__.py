"""The pure middle: Chart → Facts → Screening. No I/O, no clock, no settings, no web framework."""
