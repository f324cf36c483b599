"""Needlewise: dry-needling safety at the point of order."""

__version__ = "0.1.0"
