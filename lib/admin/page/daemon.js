// What the daemon is asked. Its refusals are of class Refusal; without an answer fetch() rejects.

const ANSWER_MS = 5000;  // a worker that does not answer is given up by the daemon long before

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const connection = {
  token: sessionStorage.getItem("token") ?? "",
  isLost: true,
  lastAnswer: null,  // Date of the last status
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
  throw new Refusal(response.status, answer?.error?.message ?? `an answer with status ${response.status} that is not JSON`);
}

/** Asks before what cannot be undone; true: go on. */
function confirmed(question, verb) {
  const dialog = byId("question");
  byId("question-text").textContent = question;
  byId("question-yes").textContent = verb;
  dialog.returnValue = "";
  dialog.showModal();
  byId("question-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), {once: true});
  });
}
