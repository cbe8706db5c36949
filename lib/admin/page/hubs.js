// Which hubs and endpoints are shown: of a few all in detail, of many a table, and one on demand.

const FEW = 4;

/** By name: {history, card}; a card is made when it is first looked at. */
const hubs = new Map();
const endpointCards = new Map();
const overview = new Overview();
let shownHub = null;  // of which the details alone are shown; "": the overview; null: nothing yet

/** Of a status, with what was read before. */
function noteHubs(status) {
  const names = new Set(status.hubs.map((hub) => hub.name));
  for (const [name, {card}] of hubs) {
    if (names.has(name)) continue;
    card?.node.remove();
    hubs.delete(name);
  }
  for (const hub of status.hubs) {
    if (!hubs.has(hub.name)) hubs.set(hub.name, {history: new HubHistory(), card: null});
    hubs.get(hub.name).history.add(hub, status.uptimeSeconds);
  }
}

function showHubs(status) {
  const endpoints = endpointsOf(status);
  const isAlone = view.hub !== "" && hubs.has(view.hub);
  const detailed = status.hubs.filter(({name}) => isAlone ? name === view.hub :
                                                            status.hubs.length <= FEW);
  const hasOverview = !isAlone && status.hubs.length > 1;
  // Before the focus goes there.
  overview.node.hidden = !hasOverview;
  if (hasOverview) {
    overview.update(status.hubs.map((hub) =>
      rowOf(hub, endpoints.get(hub.endpoint), hubs.get(hub.name).history)));
  }
  showCards(detailed, endpoints);
  byId("back").hidden = status.hubs.length === 1 || !isAlone;
  const isMissing = view.hub !== "" && !isAlone;
  setText(byId("no-hub"), isMissing ? `There is no hub '${view.hub}'.` : "", "warn");
  byId("no-hub").hidden = !isMissing;
  byId("hubs").hidden = status.hubs.length === 0 && !isMissing;
  showEndpoints(status, isAlone ? detailed[0].endpoint : null);
  moveFocus(isAlone ? view.hub : "");
}

function showCards(detailed, endpoints) {
  const shown = new Set(detailed.map(({name}) => name));
  for (const [name, {card}] of hubs) {
    if (card) card.node.hidden = !shown.has(name);
  }
  for (const hub of detailed) {
    const known = hubs.get(hub.name);
    if (!known.card) {
      known.card = new HubCard(hub.name);
      byId("cards").append(known.card.node);
    }
    known.card.update(hub, endpoints.get(hub.endpoint), known.history);
  }
}

/** From a row to its hub, and back to the row. */
function moveFocus(name) {
  if (name === shownHub) return;
  const before = shownHub;
  shownHub = name;
  if (before === null) return;  // the page was opened there
  if (name !== "") {
    scrollTo(0, 0);
    hubs.get(name).card.heading.focus({preventScroll: true});
  } else {
    const link = overview.lines.get(before)?.link;
    link?.focus({preventScroll: true});
    link?.scrollIntoView({block: "center"});
  }
}

/** `only`: the URL of the only one to be shown; null: all, though many calm ones in a sentence. */
function showEndpoints(status, only) {
  const isMany = status.endpoints.length > FEW;
  const isShown = (endpoint) => only === null ? !isMany || !isCalm(endpoint) :
                                                endpoint.url === only;
  const urls = new Set(status.endpoints.map(({url}) => url));
  for (const [url, {node}] of endpointCards) {
    if (urls.has(url)) continue;
    node.remove();
    endpointCards.delete(url);
  }
  for (const endpoint of status.endpoints) {
    const {url} = endpoint;
    if (!endpointCards.has(url)) {
      endpointCards.set(url, new EndpointCard(url));
      byId("endpoint-cards").append(endpointCards.get(url).node);
    }
    const card = endpointCards.get(url);
    card.node.hidden = !isShown(endpoint);
    if (!card.node.hidden) card.update(endpoint);
  }
  const calm = only === null && isMany ? status.endpoints.filter(isCalm).length : 0;
  const words = `${many(calm, "endpoint")} without trouble: each is shown with its hubs.`;
  setText(byId("calm-endpoints"), calm > 0 ? words : "");
  byId("endpoints").hidden = status.endpoints.length === 0;
}
