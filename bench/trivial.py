"""The floor over HTTP: a Flask handler that takes the body and answers, under the product's own server and settings."""

from __future__ import annotations

import os

from flask import Flask, Response, request

from service.settings import read_settings
from service.web.logs import configure_logs
from service.web.server import Server


def main() -> None:
    """Serve until told to stop."""
    settings = read_settings(os.environ)
    configure_logs(settings.log_level, settings.log_format)
    app = Flask("trivial", static_folder=None)

    @app.post("/fhir/RiskAssessment/$screen")
    def take() -> Response:
        return Response(b'{"bytes":%d}' % len(request.get_data()), content_type="application/fhir+json")

    Server(settings, app, in_worker=lambda: None, at_end=lambda: None).run()


if __name__ == "__main__":
    main()
