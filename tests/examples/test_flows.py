"""What the explorer says of the example applications, and the call flows on their page."""

import pytest

from tests.callcontrol.explorer.geometry import overlaps
from tests.examples.flows import FLOW, FLOWS, PAGE, page


@pytest.mark.parametrize("name", [flow for flow in FLOWS if flow != "broken_flask"])
def test_an_example_has_no_fault_and_its_flow_is_on_the_page(name: str) -> None:
    """Everything was tried; ``python -m tests.examples.flows`` brings the page up to date."""
    report = FLOWS[name]()
    assert not report.faults, report
    assert list(report.remarks()) == []
    shown = {found[2]: found[3] for found in FLOW.finditer(PAGE.read_text(encoding="utf-8"))}
    assert shown[name] == report.graph.mermaid()
    assert list(overlaps(report.graph.svg())) == []  # C24


def test_the_page_has_a_flow_for_each_application() -> None:
    """None is missing, none is there twice, and the page is made from the marks alone."""
    marks = [found[2] for found in FLOW.finditer(PAGE.read_text(encoding="utf-8"))]
    assert sorted(marks) == sorted(FLOWS)
    assert FLOW.findall(page(dict.fromkeys(FLOWS, "changed\n")))[0][2] == "changed\n"
