// What the daemon is asked. Its refusals are of class Refusal; without an answer fetch() rejects.

const ANSWER_MS = 5000;  // a worker that does not answer is given up by the daemon long before

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const connection = {
  token: "",
  hasBadToken: false,  // what was given as one was none
  life: null,          // of the last status
  isLost: true,
  lastAnswer: null,    // Date of the last status
};

async function ask(method, path, body) {
  const headers = {};
  if (connection.token) headers.Authorization = `Bearer ${connection.token}`;
  if (body) headers["Content-Type"] = "application/json";
  const response = await fetch(path, {
    method, headers, body: body && JSON.stringify(body), cache: "no-store", credentials: "omit",
    redirect: "error", signal: AbortSignal.timeout(ANSWER_MS),
  });
  const answer = await response.json().catch(() => null);
  if (response.ok && answer !== null) return answer;
  const unread = `an answer with status ${response.status} that is not JSON`;
  throw new Refusal(response.status, answer?.error?.message ?? unread);
}

/** Of a POST that failed, in words: whether it may have been carried out all the same. */
function failure(what, error) {
  const isRefused = error instanceof Refusal && error.status >= 400 && error.status < 500;
  if (isRefused) return `${what} was refused: ${error.message}`;
  const said = error instanceof Refusal ? `\n${error.message}` : "";
  return `${what}: No answer: it may have been done; look before repeating.${said}`;
}

/** What a process is told from its successor by: numbers of dead letters begin anew with it. */
function lifeOf(status) {
  return `${status.startedAt} ${status.pid}`;
}

/** Asks before what cannot be undone; true: go on. One question at a time. */
function confirmed(question, verb) {
  const dialog = byId("question");
  if (dialog.open) return false;
  byId("question-text").textContent = question;
  byId("question-yes").textContent = verb;
  dialog.returnValue = "";
  dialog.showModal();
  byId("question-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), {once: true});
  });
}

/**
 * POSTs, after a question if there is one, and returns the answer. Undefined: it was not done, or
 * that is not known; `say` has been told why, unless it was a Cancel. What was asked of one process
 * is not done to its successor.
 */
async function act({path, body, what, say, question, verb}) {
  if (connection.isLost) return say("There is no answer from the daemon; nothing was done.", "bad");
  const life = connection.life;
  if (question) {
    const isSure = await confirmed(question, verb);
    const present = isSure ? await ask("GET", "/status").then(lifeOf, () => null) : connection.life;
    if (present === null) {
      return say("There is no answer from the daemon; nothing was done.", "bad");
    }
    if (present !== life) {
      return say("The daemon was started anew meanwhile; nothing was done.", "bad");
    }
    if (!isSure) return undefined;
  }
  try {
    return await ask("POST", path, body);
  } catch (error) {
    return say(failure(what, error), "bad");
  }
}
