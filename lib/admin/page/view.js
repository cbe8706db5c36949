// What is looked at: one hub or all, a filter, an order. It stands in the fragment of the address:
// it survives a reload, it can be handed on, and the browser's "back" leads back.

const view = {hub: "", filter: "", sort: ""};

/** A "+" is one, as in base64. */
function fragment() {
  return new URLSearchParams(location.hash.slice(1).replaceAll("+", "%2B"));
}

function readView() {
  const given = fragment();
  for (const key of Object.keys(view)) view[key] = given.get(key) ?? "";
}

/** The fragment of this view with `changes`; "#": all as at first. */
function addressOf(changes) {
  const parts = Object.entries({...view, ...changes}).filter(([, value]) => value !== "")
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  return `#${parts.join("&")}`;
}

/** The address says what is looked at, and nothing else. */
function writeView() {
  const address = addressOf({});
  history.replaceState(null, "", location.pathname + location.search +
                                 (address === "#" ? "" : address));
}
