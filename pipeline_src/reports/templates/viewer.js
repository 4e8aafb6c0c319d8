// The 3D viewer: choose dataset, molecule and chain; the generated conformer lies on its reference.
(function () {
  "use strict";
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
  const holder = document.getElementById("overlay-data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent), overlays = data.overlays, colors = data.colors;
  const pick = {};
  ["dataset", "molecule", "chain"].forEach(function (name) {
    pick[name] = document.getElementById("pick-" + name);
  });
  const hydrogens = document.getElementById("pick-hydrogens");
  const GREY = "#9aa5b1", FALLBACK = "#5b6875";

  function matching(names) {
    return overlays.filter(function (o) {
      return names.every(function (n) { return o[n] === pick[n].value; });
    });
  }
  function fill(name, entries) {
    const before = pick[name].value, values = [...new Set(entries.map(function (o) { return o[name]; }))];
    pick[name].replaceChildren(...values.map(function (v) { return new Option(v, v); }));
    if (values.includes(before)) pick[name].value = before;
  }
  function refill() {
    fill("dataset", overlays);
    fill("molecule", matching(["dataset"]));
    fill("chain", matching(["dataset", "molecule"]));
  }
  function hasWebGL() {
    try {
      const canvas = document.createElement("canvas");
      return Boolean(canvas.getContext("webgl2") || canvas.getContext("webgl"));
    } catch (error) { return false; }
  }
  let viewer = null;
  const stage = document.getElementById("stage");
  try {
    if (hasWebGL()) viewer = $3Dmol.createViewer(stage, { backgroundColor: "white" });
  } catch (error) { viewer = null; }
  if (!viewer) {
    stage.hidden = true;
    document.getElementById("viewer-note").hidden = false;
  }
  function show() {
    const overlay = matching(["dataset", "molecule", "chain"])[0];
    if (!overlay) return;
    const color = colors[overlay.chain] || FALLBACK;
    document.getElementById("viewer-rmsd").textContent = Number(overlay.rmsd_angstrom).toFixed(2) + " Å";
    document.getElementById("viewer-smiles").textContent = overlay.smiles;
    document.getElementById("viewer-color").style.background = color;
    document.getElementById("viewer-chain").textContent = overlay.chain;
    if (!viewer) return;
    viewer.removeAllModels();
    const reference = viewer.addModel(overlay.reference_molblock, "sdf", { keepH: true });
    const generated = viewer.addModel(overlay.generated_molblock, "sdf", { keepH: true });
    reference.setStyle({}, { stick: { radius: 0.1, color: GREY } });
    generated.setStyle({}, { stick: { radius: 0.13, colorscheme: { prop: "elem", map: elements(color) } } });
    if (!hydrogens.checked) viewer.setStyle({ elem: "H" }, {});
    viewer.zoomTo();
    viewer.zoom(1.3);
    viewer.render();
  }
  function elements(carbon) {
    return { C: carbon, H: "#d5dbe1", N: "#3050f8", O: "#e02020", F: "#3f9e2a", S: "#c8ad00",
      Cl: "#1c8a1c", Br: "#8c2a1c", P: "#d97000", I: "#7a1fa2", B: "#e0938f", Si: "#a08060" };
  }
  Object.values(pick).forEach(function (select) {
    select.addEventListener("change", function () { refill(); show(); });
  });
  hydrogens.addEventListener("change", show);
  window.addEventListener("resize", function () { if (viewer) { viewer.resize(); viewer.render(); } });
  refill();
  show();
})();
