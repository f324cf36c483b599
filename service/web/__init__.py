"""HTTP: blueprints, errors, bodies, headers, logs. Flask lives here and nowhere else."""
