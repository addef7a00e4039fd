"""What was found as a page to look at: one photo in one file, or a gallery of many."""

from eyecandy.report.collected import collect
from eyecandy.report.gallery import Gallery, gallery
from eyecandy.report.report import report_html, save

__all__ = ["Gallery", "collect", "gallery", "report_html", "save"]
