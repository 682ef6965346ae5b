for (const table of document.querySelectorAll("table.sorts")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => head.firstChild.onclick = () => {
    const down = head.ariaSort !== "descending", sign = down ? -1 : 1;
    const value = row => row.cells[column].textContent.replaceAll(",", "");
    const order = (a, b) => value(a).localeCompare(value(b), undefined, {numeric: true});
    const known = row => value(row) !== "-";
    heads.forEach(other => other.ariaSort = null);
    head.ariaSort = down ? "descending" : "ascending";
    const rows = [...body.rows];
    body.append(...rows.filter(known).sort((a, b) => sign * order(a, b)),
                ...rows.filter(row => !known(row)));
  });
}
