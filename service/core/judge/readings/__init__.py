"""Named readings: what is truly an algorithm, with concepts of the lists and parameters of the pack."""
