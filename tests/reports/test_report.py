"""The report: one page that loads nothing, escapes what users wrote, and survives odd runs."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from made_up_run import NASTY, REASON, build_report, make_run

from pipeline_src.make_report import make_report
from pipeline_src.reports import report as report_module
from pipeline_src.reports.figures import FIGURES
from pipeline_src.reports.report import inline_svg
from pipeline_src.run.errors import InputError

VOID = {"meta", "br", "input", "link", "img", "hr"}
MEASURED, PAPER = "measured (this run)", "paper (published, full-scale GEOM training)"


class Page(HTMLParser):
    """What a browser would see: balanced elements, attributes, text, ids, scripts by id."""

    def __init__(self, html: str):
        super().__init__()
        self.open, self.errors, self.attributes, self.words, self.scripts = [], [], [], [], []
        self.feed(html)
        self.close()
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append([dict(attrs), ""])

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.errors.append((tag, self.getpos()))

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1][1] += data
        elif not (self.open and self.open[-1] == "style"):
            self.words.append(data)

    def ids(self) -> list[str]:
        return [value for _, name, value in self.attributes if name == "id"]


@pytest.fixture(scope="module")
def page(report) -> Page:
    return Page(report)


def test_every_figure_has_its_place_in_the_page():
    template = (Path(report_module.__file__).parent / "templates/report.html.j2").read_text("utf-8")
    assert sorted(re.findall(r'part\.figure\(figures, "(\w+)"\)', template)) == sorted(FIGURES)


def test_elements_are_balanced_and_ids_unique(page):
    assert page.errors == [] and page.open == []
    assert len(page.ids()) == len(set(page.ids()))


def test_nothing_is_loaded(page, report):
    loading = [(t, n, v) for t, n, v in page.attributes
               if n in ("src", "srcset", "data", "poster", "action")
               or (n in ("href", "xlink:href") and t != "a")]
    assert all(value.startswith("#") for _, _, value in loading)
    links = [v for t, n, v in page.attributes if t == "a" and n == "href"]
    assert all(not re.match(r"(https?:|//|file:|/)", link) for link in links)
    style = report[report.index("<style>"):report.index("</style>")]
    assert "@import" not in style and "http" not in style
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'; "
            "script-src 'unsafe-inline'; img-src data: blob:") in page.attributes


def test_measured_and_paper_are_told_apart(page):
    assert page.text.count(MEASURED) == 3  # two datasets and the properties
    assert page.text.count(PAPER) == 2
    assert page.text.index(MEASURED) < page.text.index(PAPER)
    between = page.text[page.text.index(PAPER):]
    assert "90.41 (98.16)" in between and "0.1795" in between  # Tables 2 and 3
    assert "90.41" not in page.text[:page.text.index(PAPER)]


def test_links_within_the_page_lead_somewhere(page):
    targets = [v[1:] for _, n, v in page.attributes if n in ("href", "xlink:href") and v[:1] == "#"]
    assert targets and set(targets) <= set(page.ids())


def test_user_text_is_escaped(page, report):
    assert "<script>alert" not in report and "<b>NaN</b>" not in report
    assert NASTY in page.text and REASON in page.text
    scripts = [text for attributes, text in page.scripts if attributes.get("id") == "overlay-data"]
    overlays = json.loads(scripts[0])["overlays"]
    assert overlays[0]["molecule"] == NASTY and overlays[0]["smiles"] == "CCO<"
    assert len(page.scripts) == 3  # data, library, viewer: none was broken into two


def test_default_table_is_symmetrised_with_failures_as_zero(report):
    first = report[report.index('id="geometry"'):]
    default = first[:first.index("<details>")]
    assert "symmetrised RMSD" in default and "count as 0 % coverage" in default
    assert "plain RMSD" not in default
    assert first.count("plain RMSD (as RDKit") == 4  # two policies, two datasets


def test_best_mean_is_marked_once_a_metric(report):
    box = report[report.index('id="geometry"'):]
    table = box[:box.index("</table>")]
    assert table.count("number best") == 4
    assert re.search(r'best"><span class="value">74\.0<', table)


def test_nan_rows_show_a_dash(report):
    assert "nan" not in Page(report).text.lower().replace(REASON.lower(), "").split()
    assert '<span class="value">–</span>' in report


def test_failures_are_counted_and_listed(page):
    assert "What failed and why" in page.text
    for reason in ("two fragments", "stereo changed", "acyclic (4)", REASON):
        assert reason in page.text
    assert "molecule-08, conformer 3" in page.text


def test_run_times_with_unknown_memory(page):
    assert re.search(r"train_stage 1 13\.5 min 13\.5 min 1210", page.text)
    assert re.search(r"split_dataset 1 0\.4 s 0\.4 s –", page.text)


def test_a_run_without_anything_optional(tmp_path):
    html = build_report(tmp_path, chains={"rdkit": ["rdkit"]}, datasets={"one": 0.5}, molecules=1,
                        properties=False, failures=False, extras=False)
    page = Page(html)
    assert page.errors == []
    for sentence in ("No properties were computed", "Nothing: every molecule was read",
                     "Nothing was trained", "No benchmark files", "No levels were extracted"):
        assert sentence in page.text
    assert "overlay-data" not in page.ids() and len(html) < 400_000  # no viewer, no library
    assert "number best" not in html  # one chain is best of nothing


def test_several_seeds_have_a_column(tmp_path):
    page = Page(build_report(tmp_path, datasets={"one": 0.5}, seeds=(1, 2), molecules=3))
    assert "δ (Å) Chain Seed COV-R" in page.text and page.errors == []


def test_imported_stages_have_neither_steps_nor_curves(tmp_path):
    page = Page(build_report(tmp_path, datasets={"one": 0.5}, molecules=1, imported="geodiff"))
    assert page.errors == [] and "imported (geodiff)" in page.text
    assert "Loss per stage" not in page.text and "None" not in page.text


def test_report_repeats_byte_for_byte(tmp_path):
    first = build_report(tmp_path, molecules=3)
    assert build_report(tmp_path, molecules=3) == first


def test_wrong_column_is_named(tmp_path):
    build_report(tmp_path, molecules=2)
    table = tmp_path / "geometry.csv"
    broken = table.read_text(encoding="utf-8").replace("mat_p_low", "mat_p_lowest", 1)
    run = make_run(tmp_path, molecules=2)
    table.write_text(broken, encoding="utf-8")
    run.pop("coverage")
    with pytest.raises(InputError, match="mat_p_low"):
        make_report(**run, figures=tmp_path / "figures", paper_geometry=table,
                    paper_properties=table, out=tmp_path / "again.html")
    assert not (tmp_path / "again.html").exists()


def test_svg_ids_become_the_figures_own():
    svg = ('<?xml version="1.0"?>\n'
           '<svg a="1"><path id="p"/><use xlink:href="#p" clip="url(#p)"/></svg>')
    text = str(inline_svg(svg, "fig", 'A "title"'))
    assert text.startswith('<svg role="img" aria-label="A &#34;title&#34;" a="1">')
    assert 'id="fig-p"' in text and 'href="#fig-p"' in text and "url(#fig-p)" in text


def test_the_hash_of_every_split_is_shown(page, tmp_path):
    # sha256 of "molecule-08<tab>test<newline>", by sha256sum; both made-up splits have that row
    assert page.text.count("7f922c7dec7c") == 2
    without = Page(build_report(tmp_path, extras=False))
    assert "7f922c7dec7c" not in without.text
