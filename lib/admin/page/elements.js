// Elements. Children are elements, or strings, which become text.

function make(name, properties = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") node.className = value;
    else node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

function byId(id) {
  return document.getElementById(id);
}

/** Touches the document only where something changes. */
function setText(node, text, level = "") {
  if (node.textContent !== text) node.textContent = text;
  if ((node.dataset.level ?? "") === level) return;
  if (level) node.dataset.level = level;
  else delete node.dataset.level;
}

/** A list of sentences: [text, level]. */
function setItems(list, items) {
  while (list.children.length > items.length) list.lastChild.remove();
  items.forEach(([text, level], index) => {
    setText(list.children[index] ?? list.appendChild(make("li")), text, level);
  });
}

/** A paragraph a line. */
function setLines(node, text, level = "") {
  const lines = text === "" ? [] : text.split("\n");
  node.replaceChildren(...lines.map((line) => make("p", level ? {"data-level": level} : {}, line)));
}

function button(text, press, kind = "") {
  const node = make("button", {type: "button", class: kind}, text);
  node.addEventListener("click", press);
  return node;
}

/** What is nothing is quiet. */
function setFigure(cell, text, level = "") {
  setText(cell, text, text === "0" ? "nothing" : level);
}

/** Rows of figures; `cells` of the result are by row and column. */
function makeTable(caption, columns, labels) {
  const cells = labels.map(() => columns.map(() => make("td")));
  const heads = columns.map((column) => make("th", {scope: "col"}, column));
  const corner = make("th", {scope: "col"}, make("span", {class: "spoken"}, "what"));
  const rowOf = (label, row) => make("tr", {}, make("th", {scope: "row"}, label), ...cells[row]);
  const node = make("table", {}, make("caption", {}, caption),
                    make("thead", {}, make("tr", {}, corner, ...heads)),
                    make("tbody", {}, ...labels.map(rowOf)));
  return {node, cells};
}
