// Of the filters of all reports, the form shows those of the chosen one. Without this script it shows them all.

const report = document.querySelector("select[name=report]");
const reports = [...report.options].map((option) => option.value);

function showFilters() {
  for (const select of report.form.querySelectorAll("select")) {
    const owner = reports.find((name) => select.name.startsWith(`${name}_`));
    if (owner) select.closest(".field").hidden = owner !== report.value;
  }
}

report.addEventListener("change", showFilters);
showFilters();
