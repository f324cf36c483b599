"""Chart → Facts: section 3 of the clinical rules (statuses, dates, washouts, negation) lives here and only here."""
