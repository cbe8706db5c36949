// The page as a whole.

const POLL_MS = 1000;
const RESTART_SHOWN_MS = 60_000;
const TOKEN = /^[\x21-\x7e]{16,4096}$/;  // lib/ADMIN.md

const FRESH_MS = 2500;  // what is older than that says its age
const CHANGES_SAID = 5;

const page = {status: null, intake: null, restartedAt: null, facts: "", said: new Map()};

function show(status) {
  noteLife(status);
  setLost(false);
  connection.lastAnswer = new Date();
  byId("token").hidden = true;
  noteHubs(status);
  page.status = status;
  showHubs(status);
  if (!page.intake) byId("intake").append((page.intake = new IntakeCard()).node);
  page.intake.update(status);
  byId("intake").hidden = shownHub !== "";
  showStreams(status, shownHub === "");
  byId("reload").hidden = false;
  showAttention(attentionOf(status, shownHub));
  showState(...stateOf(status));
  page.facts = `${status.version} · pid ${status.pid} · ` +
               `up ${span(status.uptimeSeconds)} · log ${status.logLevel}`;
  showAge();
  announce(status);
}

/** Is this the process that answered before? */
function noteLife(status) {
  const isOther = connection.life !== null && connection.life !== lifeOf(status);
  connection.life = lifeOf(status);
  if (isOther || connection.isLost) interruptAll();
  if (!isOther) return;
  page.restartedAt = new Date();
  byId("question").close();  // it is about what the other process had
  for (const {history, card} of hubs.values()) {
    history.begin();
    card?.letters.forget();
  }
}

function interruptAll() {
  for (const {history} of hubs.values()) history.interrupt();
  page.intake?.interrupt();
}

/** Another view of the same status. */
function changeView() {
  takeTokenOfAddress();
  readView();
  overview.showView();
  if (!page.status) return;
  showHubs(page.status);
  byId("intake").hidden = shownHub !== "";
  showStreams(page.status, shownHub === "");
  if (!connection.isLost) showAttention(attentionOf(page.status, shownHub));
  showState(...page.state);
}

/** Beside the state: the facts, or how old all of this is. */
function showAge() {
  const age = connection.lastAnswer ? Date.now() - connection.lastAnswer : 0;
  const isOld = connection.lastAnswer !== null && age > FRESH_MS;
  setText(byId("facts"), isOld ? `All of this is ${span(age / 1000)} old` : page.facts,
          isOld ? "bad" : "");
}

function stateOf(status) {
  if (status.state !== "running") return [`It is ${status.state}`, "warn"];
  if (!status.ready) return ["Not ready", "bad"];
  const resting = status.hubs.filter((hub) => hub.state !== "running");
  return resting.length === 0 ? ["Ready", "good"] :
                                [`Ready; ${many(resting.length, "hub")} not running`, "warn"];
}

function showAttention(items) {
  setItems(byId("attention").firstElementChild, items);
  byId("attention").hidden = items.length === 0;
}

function showState(text, level) {
  page.state = [text, level];
  setText(byId("state"), text);
  document.querySelector("header").dataset.level = level;
  const title = `${shownHub ? `${shownHub} – ` : ""}${text} – awpsd`;
  if (document.title !== title) document.title = title;
}

/** To a screen reader: changes of state alone, never numbers. */
function announce(status) {
  const states = new Map([["awpsd", stateOf(status)[0]]]);
  for (const hub of status.hubs) states.set(`hub ${hub.name}`, hub.state);
  for (const endpoint of status.endpoints) states.set(`endpoint ${endpoint.url}`, endpoint.state);
  const changes = [...states].filter(([what, state]) => page.said.get(what) !== state)
    .map(([what, state]) => `${what}: ${state}`);
  const isFirst = page.said.size === 0;
  page.said = states;
  if (changes.length === 0) return;
  const left = changes.length - CHANGES_SAID;
  const words = changes.slice(0, CHANGES_SAID);
  if (left > 0) words.push(`and ${left} more changes`);
  setText(byId("announcement"), isFirst ? changes[0] : words.join("; "));
}

function setLost(isLost) {
  connection.isLost = isLost;
  document.body.classList.toggle("gone", isLost);
}

/** No status: nobody there, a refusal, or the wrong token. */
function showFailure(error) {
  setLost(true);
  const since = connection.lastAnswer ? `since ${clock(connection.lastAnswer)}` : "yet";
  if (error instanceof Refusal && error.status === 401) return askForToken();
  const what = error instanceof Refusal ? `No status ${since}: ${error.message}` :
                                          `No answer ${since}`;
  showState(what, "bad");
  showAge();
  const old = ["What stands below is the last that was heard. Asked again each second.", "bad"];
  showAttention(connection.lastAnswer ? [old] : []);
  setText(byId("announcement"), `awpsd: ${what}`);
  page.said.set("awpsd", what);
}

function askForToken() {
  if (byId("token").hidden) {
    byId("token").hidden = false;
    byId("token-value").focus();
  }
  const fault = connection.hasBadToken ?
    "This is no token: one has 16 to 4096 printable characters and no blanks." :
    connection.token ? "The token that this tab had was refused." : "";
  setText(byId("token-refused"), fault, "bad");
  showAttention([]);
  showState("A token is needed", "warn");
}

/** What is no token could not be sent, or would be refused for ever: it is forgotten at once. */
function useToken(token) {
  connection.hasBadToken = !TOKEN.test(token);
  connection.token = connection.hasBadToken ? "" : token;
  if (connection.hasBadToken) {
    sessionStorage.removeItem("token");
    askForToken();
  } else {
    sessionStorage.setItem("token", token);
  }
}

function takeKeptToken() {
  const token = sessionStorage.getItem("token");
  if (token !== null) useToken(token);
}

/**
 * #token=… is taken once, and leaves the address, which may be copied or shown. A "+" is one, as in
 * base64.
 */
function takeTokenOfAddress() {
  const token = fragment().get("token");
  if (!token) return;
  useToken(token);
  readView();
  writeView();
}

/** Says first what it would change. */
async function reload() {
  const say = (text, level) => setLines(byId("reload-said"), text, level);
  if (connection.isLost) return say("There is no answer from the daemon; nothing was done.", "bad");
  let diff;
  try {
    diff = await ask("GET", "/config/diff");
  } catch (error) {
    return say(`The configuration cannot be reloaded: ${error.message}`, "bad");
  }
  const question = diff.changes.length === 0 ?
    "Nothing has changed in the configuration. Read it again all the same?" :
    `Reload the configuration?\n${linesOf(diff.changes)}`;
  const answer = await act({path: "/reload", body: {}, what: "The reload", say, question,
                            verb: "Reload"});
  if (!answer) return;
  say(answer.changes.length === 0 ? "Reloaded: nothing has changed." :
                                    `Reloaded:\n${linesOf(answer.changes)}`);
}

function linesOf(changes) {
  return changes.map(({key, before, after, atNextStart}) =>
    `${key}: ${before} → ${after}${atNextStart ? ", at the next start" : ""}`).join("\n");
}

async function poll() {
  let status;
  try {
    status = await ask("GET", "/status");
  } catch (error) {
    return showFailure(error);
  }
  try {
    show(status);
  } catch (error) {
    console.error(error);
    setLost(true);
    const cause = error.message;
    showState(`This page does not understand the daemon's answer (${cause}); load it again`, "bad");
  }
}

/** One question at a time, a second apart. */
async function run() {
  for (;;) {
    const begin = performance.now();
    await poll();
    const rest = Math.max(0, POLL_MS - (performance.now() - begin));
    await new Promise((resolve) => setTimeout(resolve, rest));
  }
}

byId("question-no").addEventListener("click", () => byId("question").close());
byId("question-yes").addEventListener("click", () => byId("question").close("yes"));
byId("token").addEventListener("submit", (event) => {
  event.preventDefault();
  useToken(byId("token-value").value.trim());
  byId("token-value").value = "";
});
byId("reload").addEventListener("click", reload);
addEventListener("hashchange", changeView);
byId("hubs-title").after(overview.node);
new ResizeObserver(() => {
  const height = `${document.querySelector("header").offsetHeight}px`;
  document.documentElement.style.setProperty("--header", height);
}).observe(document.querySelector("header"));
setInterval(showAge, POLL_MS);
takeKeptToken();
changeView();
run();
