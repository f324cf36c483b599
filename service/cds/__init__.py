"""CDS Hooks: from a call at order entry to a few cards. Asks the EHR only through what is handed in."""
