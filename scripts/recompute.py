#!/usr/bin/env python3
"""Recomputes summary.csv and targets.csv of a run from its samples.csv, apart from the harness.

Only the standard library and the documented rules are used: nothing of the harness runs here. Prints what agrees, or
each difference; ends with 0 or 1 (2 when the run cannot be read).

- n, median, min, max and mad have to agree to the last digit.
- The 95 % interval is the expanded bootstrap of the median, as the docstring of `Bootstrap` describes it. Here its
  distribution is exact (whole numbers), and Student's quantile comes from the finite series for whole degrees of
  freedom; the ends have to agree within 1e-9.
- The verdicts of targets follow the docstring of `evaluate` and the head of Workloads/targets.yaml.
"""

import argparse
import csv
import json
import math
import os
import statistics
import sys
from fractions import Fraction

ARM = ("subject", "allocator", "allocator_options", "strategy", "threads", "parameters")
SERIES = ("run", "scenario", "scenario_hash", "phase", "role", "operation") + ARM + ("metric", "unit")
FEWEST_VALUES = 6  # below this the interval is the range
WANTED_PAIRS = 7  # a ratio of a target needs so many
PARITY_FLOOR = 0.95  # `>= 1` as a ratio holds from here on
PROFILES = ("quick", "default", "full")


# Reading

def table(path, grows=False):
    """The rows of a CSV file as dictionaries; of a file that grows, a last line that was cut off is left out."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        text = file.read()
    if grows and not text.endswith("\n"):
        text = text[:text.rfind("\n") + 1]
    return list(csv.DictReader(text.splitlines(keepends=True), strict=True))


def scalar(text):
    """A plain or quoted YAML scalar as text."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def without_comment(line):
    """A line up to a `#` that stands alone and outside quotes."""
    quote = ""
    for index, character in enumerate(line):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and (index == 0 or line[index - 1] in " {,["):
            quote = character
        elif character == "#" and (index == 0 or line[index - 1] == " "):
            return line[:index]
    return line


def value_of(text):
    """A scalar, or a flow mapping of scalars."""
    text = text.strip()
    if not text.startswith("{"):
        return scalar(text)
    mapping, part, quote = {}, "", ""
    for character in text[1:text.rindex("}")] + ",":
        if character == "," and not quote:
            if part.strip():
                key, _, rest = part.partition(":")
                mapping[key.strip()] = scalar(rest)
            part = ""
            continue
        if quote and character == quote:
            quote = ""
        elif not quote and character in "\"'":
            quote = character
        part += character
    return mapping


def read_targets(path):
    """The list of Workloads/targets.yaml: block mappings of scalars and flow mappings, all that the file uses."""
    targets = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            line = without_comment(line.rstrip("\n")).rstrip()
            if not line.strip() or line == "targets:":
                continue
            body = line.strip()
            if body.startswith("- "):
                targets.append({})
                body = body[2:]
            key, colon, rest = body.partition(":")
            if not targets or not colon or not rest.strip() or key in targets[-1]:
                raise ValueError(f"{path}:{number}: not in the small part of YAML that this script reads: {line}")
            targets[-1][key.strip()] = value_of(rest)
    return targets


def number(text):
    return float(text.replace("_", ""))


# Statistics

def midpoint(left, right):
    return left if left == right else left / 2 + right / 2


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else midpoint(ordered[half - 1], ordered[half])


def mad(values):
    center = median(values)
    return median([abs(value - center) for value in values])


def student_tail(t, degrees):
    """P(T > t) for t >= 0: the finite series for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 4)."""
    angle = math.atan(t / math.sqrt(degrees))
    cosine, sine = math.cos(angle), math.sin(angle)
    term, total = 1.0, 0.0
    if degrees % 2:
        if degrees > 1:
            term = cosine
            total = term
            for k in range(3, degrees - 1, 2):
                term *= cosine * cosine * (k - 1) / k
                total += term
        within = 2 / math.pi * (angle + sine * total)
    else:
        total = term
        for k in range(2, degrees - 1, 2):
            term *= cosine * cosine * (k - 1) / k
            total += term
        within = sine * total
    return (1 - within) / 2


def student_quantile(tail, degrees):
    low, high = 0.0, 1.0
    while student_tail(high, degrees) > tail:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, degrees) > tail else (low, middle)
    return (low + high) / 2


def medians_of_resamples(ordered):
    """Each value that the median of a resample can take, with its exact probability."""
    n, half = len(ordered), len(ordered) // 2

    def reaches(rank, wanted):
        """The probability that at least `wanted` of n draws are among the first `rank` values."""
        return Fraction(
            sum(math.comb(n, k) * rank ** k * (n - rank) ** (n - k) for k in range(wanted, n + 1)), n ** n)

    weights = {}

    def add(value, weight):
        weights[value] = weights.get(value, Fraction(0)) + weight

    wanted = half + 1 if n % 2 else half
    for rank in range(1, n + 1):
        weight = reaches(rank, wanted) - (reaches(rank - 1, wanted) if rank > 1 else 0)
        if n % 2 == 0:
            # Half of the draws lie at or below `rank` and touch it, the others at or above a later value and touch it.
            lower = rank ** half - (rank - 1) ** half
            for other in range(rank + 1, n + 1):
                upper = (n - other + 1) ** half - (n - other) ** half
                pair = Fraction(math.comb(n, half) * lower * upper, n ** n)
                weight -= pair
                add(midpoint(ordered[rank - 1], ordered[other - 1]), pair)
        add(ordered[rank - 1], weight)
    return sorted((value, weight) for value, weight in weights.items() if weight > 0)


def interval(values):
    """The 95 % interval of the median; the range where there are too few values."""
    ordered = sorted(values)
    if len(ordered) < FEWEST_VALUES or ordered[0] == ordered[-1]:
        return ordered[0], ordered[-1]
    reach = student_quantile(0.025, len(ordered) - 1)
    steps, below = [], Fraction(0)
    for value, weight in medians_of_resamples(ordered):
        middle = float(below + weight / 2)
        below += weight
        if 0 < middle < 1:
            steps.append((statistics.NormalDist().inv_cdf(middle), value))

    def at(score):
        if score <= steps[0][0]:
            return steps[0][1]
        for (left, low), (right, high) in zip(steps, steps[1:]):
            if score <= right:
                return low + (score - left) / (right - left) * (high - low)
        return steps[-1][1]
    return at(-reach), at(reach)


# Series

class Series:
    def __init__(self, row):
        self.key = {name: row[name] for name in SERIES}
        self.direction = row["direction"]
        self.blocks = {}

    @property
    def values(self):
        return [self.blocks[block] for block in sorted(self.blocks)]

    def arm(self):
        return tuple(int(self.key[name]) if name == "threads" else self.key[name] for name in ARM)


def series_of(samples):
    found = {}
    for row in samples:
        key = tuple(row[name] for name in SERIES)
        if key not in found:
            found[key] = Series(row)
        found[key].blocks[int(row["block"])] = float(row["value"])
    return list(found.values())


def work(key):
    points = ";".join(p for p in key["parameters"].split(";") if p and not p.startswith("configuration."))
    return key["scenario"], key["scenario_hash"], key["phase"], key["role"], points


class Answers:
    """Which phases were answered differently, and which arms answered at all."""

    def __init__(self, samples):
        digests, self.proven = {}, set()
        for row in samples:
            if row["digest"] != "-":
                digests.setdefault(work(row), set()).add(row["digest"])
                self.proven.add((work(row), tuple(row[name] for name in ARM)))
        self.conflicting = {key for key, found in digests.items() if len(found) > 1}

    def is_conflicting(self, series):
        return work(series.key) in self.conflicting

    def is_proven(self, series):
        return (work(series.key), tuple(series.key[name] for name in ARM)) in self.proven

    def are_comparable(self, left, right):
        return not self.is_conflicting(left) and not self.is_conflicting(right) \
            and self.is_proven(left) == self.is_proven(right)


# Targets

class NotMeasured(Exception):
    pass


HOLDS = {
    ">=": lambda value, threshold: value >= threshold, ">": lambda value, threshold: value > threshold,
    "<=": lambda value, threshold: value <= threshold, "<": lambda value, threshold: value < threshold,
    "==": lambda value, threshold: value == threshold,
}
AGGREGATES = {"median": median, "reduction": median, "minimum": min, "maximum": max}


def matches(selector, series):
    return all(series.key[name] == selector[name].replace("_", "") if name == "threads"
               else series.key[name] == selector[name] for name in ARM if name in selector)


class Target:
    def __init__(self, definition, all_series, answers, profile, entities):
        self.definition, self.series, self.answers = definition, all_series, answers
        self.profile, self.entities = profile, entities
        self.aggregate = definition.get("aggregate", "median")
        self.comparison = definition["comparison"]
        self.threshold = number(definition["threshold"])

    def matching(self):
        wanted = self.definition
        if not any(series.key["scenario"] == wanted["scenario"] for series in self.series):
            raise NotMeasured
        if PROFILES.index(self.profile) < PROFILES.index(wanted.get("minimum_profile", "quick")):
            raise NotMeasured
        if "minimum_entities" in wanted and \
                self.entities.get(wanted["scenario"], -1) < number(wanted["minimum_entities"]):
            raise NotMeasured
        found = [series for series in self.series
                 if all(series.key[name] == wanted[name] for name in ("scenario", "phase", "metric", "operation")
                        if name in wanted) and matches(wanted.get("arm", {}), series)]
        if not found or any("unit" in wanted and series.key["unit"] != wanted["unit"] for series in found) \
                or any(map(self.answers.is_conflicting, found)):
            raise NotMeasured
        return found

    def partner(self, own):
        wanted = self.definition["relative_to"]
        selector = {name: wanted.get(name, own.key[name]) for name in ARM}
        if selector["subject"] != own.key["subject"] and "strategy" not in wanted:
            del selector["strategy"]
        place = {name: wanted.get(name, own.key[name]) for name in ("phase", "metric")}
        operation = wanted.get("operation")
        if operation is None and all(place[name] == own.key[name] for name in place):
            operation = own.key["operation"]
        found = [other for other in self.series
                 if all(other.key[name] == own.key[name] for name in ("run", "scenario", "scenario_hash"))
                 and all(other.key[name] == place[name] for name in place)
                 and operation in (None, other.key["operation"]) and matches(selector, other) and other is not own]
        alike = [other for other in found if other.key["strategy"] == own.key["strategy"]]
        if not found:
            raise NotMeasured
        chosen = alike[0] if alike else min(found, key=Series.arm)
        if self.answers.is_conflicting(chosen):
            raise NotMeasured
        return chosen

    def figure(self, own):
        """Measured value and the range that a verdict rests on."""
        if "relative_to" not in self.definition:
            measured = AGGREGATES[self.aggregate](own.values)
            return measured, measured, measured
        other = self.partner(own)
        if not self.answers.are_comparable(own, other) and own.key["phase"] == other.key["phase"]:
            raise NotMeasured
        pairs = [(own.blocks[block], other.blocks[block]) for block in sorted(own.blocks) if block in other.blocks]
        if own.key["unit"] != other.key["unit"] or len(pairs) < WANTED_PAIRS \
                or any(a <= 0 or b <= 0 for a, b in pairs):
            raise NotMeasured
        ratios = [a / b for a, b in pairs]
        if self.aggregate in ("minimum", "maximum"):
            extreme = AGGREGATES[self.aggregate](ratios)
            return extreme, extreme, extreme
        logarithms = [math.log(ratio) for ratio in ratios]
        low, high = interval(logarithms)
        center, low, high = math.exp(median(logarithms)), math.exp(low), math.exp(high)
        return (1 - center, 1 - high, 1 - low) if self.aggregate == "reduction" else (center, low, high)

    def worst(self):
        def badness(figure):
            if self.comparison in (">=", ">"):
                return -figure[0]
            return abs(figure[0] - self.threshold) if self.comparison == "==" else figure[0]
        worst = None
        for figure in map(self.figure, self.matching()):
            if worst is None or badness(figure) > badness(worst):
                worst = figure
        return worst

    def verdict(self, figure, threshold):
        measured, low, high = figure
        holds = HOLDS[self.comparison]
        if "relative_to" not in self.definition:
            result = holds(measured, threshold)
        elif self.comparison == ">=" and threshold == 1 and self.aggregate != "reduction":
            result = low >= PARITY_FLOOR
        elif self.comparison == "==":
            result = low == threshold == high
        else:
            result = holds(low if self.comparison in (">=", ">") else high, threshold)
        return "met" if result else "missed"

    def judged(self):
        """(measured or None, verdict, bar verdict)."""
        try:
            figure = self.worst()
        except NotMeasured:
            return None, "not-measured", "not-measured"
        bar = self.definition.get("bar")
        return figure[0], self.verdict(figure, self.threshold), \
            self.verdict(figure, number(bar)) if bar is not None else "not-measured"


# Comparing

def near(left, right, scale=0.0):
    return abs(left - right) <= 1e-9 * max(abs(left), abs(right), scale, 1e-300)


def check_summary(rows, all_series):
    if len(rows) != len(all_series):
        yield f"summary.csv has {len(rows)} rows, samples.csv has {len(all_series)} series"
    for row, series in zip(rows, all_series):
        values = series.values
        place = "/".join(series.key[name] for name in ("scenario", "phase", "subject", "allocator", "metric"))
        for name in SERIES:
            if row[name] != series.key[name]:
                yield f"{place}: {name} is {row[name]}, samples.csv has {series.key[name]}"
        if row["direction"] != series.direction:
            yield f"{place}: direction is {row['direction']}, samples.csv has {series.direction}"
        exact = {"n": len(values), "median": median(values), "min": min(values), "max": max(values), "mad": mad(values)}
        for name, value in exact.items():
            if float(row[name]) != value:
                yield f"{place}: {name} is {row[name]}, recomputed {value!r}"
        for name, value in zip(("ci_low", "ci_high"), interval(values)):
            if not near(float(row[name]), value, scale=max(values) - min(values)):
                yield f"{place}: {name} is {row[name]}, recomputed {value!r} of {len(values)} blocks"


def check_targets(rows, targets):
    if [row["target"] for row in rows] != [target.definition["id"] for target in targets]:
        yield "targets.csv does not list the targets of targets.yaml in their order"
        return
    for row, target in zip(rows, targets):
        measured, verdict, bar_verdict = target.judged()
        told = float(row["measured"]) if row["measured"] else None
        if (told is None) != (measured is None) or told is not None and not near(told, measured, scale=1e-12):
            yield f"target {row['target']}: measured is {row['measured'] or 'nothing'}, recomputed {measured!r}"
        for name, value in (("verdict", verdict), ("bar_verdict", bar_verdict)):
            if row[name] != value:
                yield f"target {row['target']}: {name} is {row[name]}, recomputed {value}"
        bar = target.definition.get("bar")
        if float(row["threshold"]) != target.threshold \
                or (row["bar"] == "") != (bar is None) or bar is not None and float(row["bar"]) != number(bar):
            yield f"target {row['target']}: threshold or bar is not that of targets.yaml"


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description="Recomputes summary.csv and targets.csv of a run from samples.csv.")
    parser.add_argument("run", help="the run's folder")
    parser.add_argument(
        "--targets", default=os.path.join(os.path.dirname(here), "Workloads", "targets.yaml"),
        help="the documented targets that the run was judged by")
    options = parser.parse_args()
    try:
        samples = table(os.path.join(options.run, "samples.csv"), grows=True)
        summary = table(os.path.join(options.run, "summary.csv"))
        judged = table(os.path.join(options.run, "targets.csv"))
        with open(os.path.join(options.run, "environment.json"), encoding="utf-8") as file:
            environment = json.load(file)
        definitions = read_targets(options.targets)
    except (OSError, ValueError, csv.Error) as error:
        print(f"recompute: {error}", file=sys.stderr)
        return 2
    all_series, answers = series_of(samples), Answers(samples)
    targets = [Target(definition, all_series, answers, environment["profile"], environment["entities"])
               for definition in definitions]
    differences = list(check_summary(summary, all_series)) + list(check_targets(judged, targets))
    for difference in differences:
        print(difference)
    if differences:
        print(f"recompute: {len(differences)} difference{'s' if len(differences) > 1 else ''}")
        return 1
    print(f"recompute: {len(samples)} samples, {len(summary)} rows of summary.csv and {len(judged)} targets agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
