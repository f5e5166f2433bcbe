"""The report as one self-contained HTML page: no network, no script, bounded in size."""

from __future__ import annotations

from labelwright.report import view, words
from labelwright.report.figures import filled
from labelwright.report.model import Report
from labelwright.report.objects import object_rows
from labelwright.report.pages import page
from labelwright.report.sections import agreement, annotators, batch, findings, gold, suggestions
from labelwright.report.words import clean

# The lists are bounded by the sections: what is beyond is counted on the page and found in the JSON report.


def render_html(report: Report) -> str:
    """The page. Everything that comes from data is escaped; only http and https links become links."""
    drawn: str = page("page.html.j2", "page.css", "scene.css").render(
        report=report,
        title=clean(report.title or report.template or "Labelling report", 120),
        facts=batch.facts(report),
        state=report.gate.state if report.gate.state in ("passed", "failed") else "open",
        verdict=words.verdict_title(report),
        reason=words.verdict_reason(report),
        glance=batch.glance(report),
        notes=batch.notes(report),
        controls=agreement.overview(report),
        details=agreement.details(report),
        gold=gold.section(report),
        people=annotators.table(report),
        speed=annotators.speed(report),
        signals=annotators.signals(report),
        suggestions=suggestions.section(report),
        trend=batch.trend(report),
        contested=findings.contested(report),
        lint=findings.lint(report),
        problems=findings.problems(report),
        models=batch.models(report),
        strengths=batch.strengths(report),
        objects=object_rows(report),
        steps=view.steps(report),
        reviews=clean(view.review_words(report), 600),
        splits=clean(view.split_words(report), 600),
        volume=words.volume_words(report),
        tiers=findings.tiers(report),
        version=clean(report.version, 40),
    )
    return filled(drawn, report.agreement.contested)
