"""From an annotation's ``result`` list to answers by control."""

from __future__ import annotations

from typing import Any

from labelwright.contracts import Template
from labelwright.problems import READ, Ledger, Place, Problem, Problems, ProblemType
from labelwright.records import Kind
from labelwright_plugins.label_studio import problems as p
from labelwright_plugins.label_studio.compared import Ranked, checked
from labelwright_plugins.label_studio.config import LabelConfig
from labelwright_plugins.label_studio.fields import Result
from labelwright_plugins.label_studio.pictures import PictureReader
from labelwright_plugins.label_studio.plan import REGIONS, Plan, make_plans, relations_control
from labelwright_plugins.label_studio.regions import RegionReader
from labelwright_plugins.label_studio.served import DRAWN_KINDS, control_of, without_number
from labelwright_plugins.label_studio.shapes import ShapeReader
from labelwright_plugins.label_studio.values import UnknownLabel

TEXTS = frozenset((Kind.TEXT, Kind.TRANSCRIPT))
EMPTY = REGIONS | DRAWN_KINDS  # answered, also where nothing is marked
SINGLE = frozenset((Kind.CHOICE, Kind.CHOICES, Kind.RATING, Kind.PREFERENCE))


class AnswerReader:
    """Reads results of one project's annotations. Compiled once, used for every annotation."""

    def __init__(
        self, template: Template, config: LabelConfig | None, problems: Problems, source: str
    ) -> None:
        """Join the template with the project's config; problems go to ``problems``."""
        self._template = template
        self._config = config
        self._problems = problems
        self._source = source
        self.plans = make_plans(template, config)
        self._relations = relations_control(template)
        self._regions = RegionReader(template, self, self.plans, self._relations, config)
        self.pictures = PictureReader(template, config, problems)
        self._shapes = ShapeReader(template, self, self.plans, self.pictures)
        self._served: dict[tuple[str, str], Plan | None] = {}
        self._empty = [
            name
            for name, c in template.controls.items()
            if c.kind in EMPTY
            or c.kind is Kind.RELATIONS
            or (c.kind in (Kind.CHOICES, Kind.TAXONOMY) and not c.required and not c.on)
        ]
        self.matched = self.set_aside = 0
        self.unmatched: dict[str, int] = {}
        self._not_asked: dict[str, Problem] = {}
        # Controls that a single result answers, with nothing else to note: most annotations are one.
        self._single = {
            name: plan
            for name, plan in self.plans.items()
            if plan.kind in SINGLE and plan.parse is not None and not plan.on and not self._empty
        }
        self._item: Any = ""
        self._annotation: Any = ""
        self._data: dict[str, Any] = {}

    def read(self, results: list[Result], data: dict[str, Any], item: Any, annotation: Any) -> dict[str, Any]:
        """The answers of one annotation or prediction by control; ``set_aside`` counts what they lack."""
        self.set_aside = 0
        if len(results) == 1:
            result = results[0]
            plan = self._single.get(result.from_name)
            if plan is not None:  # never one about a shape
                try:
                    value = plan.parse(result.value, plan.labels)  # type: ignore[misc]
                except (UnknownLabel, KeyError, TypeError, ValueError, AttributeError):
                    value = None  # said below
                if value is not None:
                    self.matched += 1
                    return {plan.name: value}
        self._item, self._annotation, self._data = item, annotation, data
        out: dict[str, Any] = {}
        regions: list[tuple[Plan, Result]] = []
        drawn: list[tuple[Plan, Result]] = []
        relations: list[Result] = []
        plans = self.plans
        for result in results:
            plan = plans.get(result.from_name) or self._serving(result)
            if plan is None:
                if result.type == "relation":
                    relations.append(result)
                else:
                    self._unplanned(result)
                continue
            self.matched += 1
            if plan.drawn:
                drawn.append((plan, result))
                continue
            if plan.parse is None or plan.on:
                regions.append((plan, result))
                continue
            value = self.parse(plan, result)
            if value is not None:
                if plan.name in out:
                    self.problem(p.DUPLICATE_REGION, result, plan.name, id=result.id)
                else:
                    out[plan.name] = value
        shapes = self._shapes.read(drawn, relations, out) if drawn else {}
        if regions or relations:
            self._regions.read(regions, relations, data, out, shapes)
        for name in self._empty:
            out.setdefault(name, ())
        return out

    def _serving(self, result: Result) -> Plan | None:
        """The plan of a tag that serves a control of another name, or stands in a Repeater."""
        key = (result.from_name, result.type)
        if key not in self._served:
            short = without_number(result.from_name)
            found = control_of(*key, self._template, self._config) or control_of(
                short, result.type, self._template, self._config
            )
            self._served[key] = self.plans.get(found)
        return self._served[key]

    def parse(self, plan: Plan, result: Result) -> Any:
        """The value of one result; None, with a problem, if it has none."""
        try:
            value = plan.parse(result.value, plan.labels)  # type: ignore[misc]
        except UnknownLabel as error:
            self.problem(p.UNKNOWN_LABEL, result, plan.name, label=str(error))
            return None
        except KeyError as error:
            reason = f"its value has no {error.args[0]!r}"
        except (TypeError, ValueError, AttributeError) as error:
            reason = str(error)
        else:
            if plan.kind in TEXTS:
                return self._text(plan, value, result)
            return self._ranked(plan, value, result) if plan.kind is Kind.RANKING else value
        self.problem(p.WRONG_TYPE, result, plan.name, type=result.type, kind=plan.kind, reason=reason)
        return None

    def _text(self, plan: Plan, texts: list[str], result: Result) -> Any:
        stripped = [t.strip() for t in texts]
        if stripped != texts:
            self.problem(p.TRIMMED, result, plan.name)
        kept = [t for t in stripped if t]
        if plan.multiple:
            return tuple(kept)
        if len(kept) > 1:
            self.problem(p.SEVERAL_TEXTS, result, plan.name, count=len(kept))
        return "\n".join(kept) if kept else None

    def _ranked(self, plan: Plan, ranked: Ranked, result: Result) -> Any:
        if ranked.column not in ("", plan.name):
            reason = f"the label config has no bucket {ranked.column!r}"
            self.problem(p.WRONG_TYPE, result, plan.name, type=result.type, kind=plan.kind, reason=reason)
            return None
        tiers, found = checked(ranked, self._data.get(plan.variable), plan.variable)
        for kind, what in found:
            self.problem(kind, result, plan.name, **what)
        return tiers

    def _unplanned(self, result: Result) -> None:
        name = result.from_name
        self.unmatched[name] = self.unmatched.get(name, 0) + 1
        if self._config is not None and name in self._config.controls:
            found = self._not_asked.get(name)
            if found is None:
                place = Place(source=self._source, control=name)
                found = p.CONTROL_NOT_ASKED.at(place, control=name, template=self._template.name)
                self._not_asked[name] = found
            self._problems.add(found)
        else:
            self.problem(p.UNKNOWN_CONTROL, result, name, type=result.type)

    def problem(self, found: ProblemType, result: Result, control: str, /, **what: Any) -> None:
        """Add a problem at one result of the annotation being read."""
        place = Place(self._source, 0, str(self._item), str(self._annotation), result.id, control)
        self._problems.add(found.at(place, control=control, **what))

    @property
    def ledger(self) -> Ledger:
        """The ledger of what is read."""
        return self._problems.ledger(READ)

    def lose(
        self, found: ProblemType, result: Result, control: str, objects: int = 1, /, **what: Any
    ) -> None:
        """Add a problem at one result that costs whole objects."""
        self.set_aside += objects
        place = Place(self._source, 0, str(self._item), str(self._annotation), result.id, control)
        self._problems.lose(READ, found.at(place, control=control, **what), objects)

    def rate(self, result: Result) -> float | None:
        """Frames a second of the film that a result is about."""
        return self.pictures.film(result).rate
