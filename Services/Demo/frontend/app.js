// Talks to Cloakroom on the page's own origin. There is no token here, and no library.

const csrf = { "X-CSRF": "1" };
const element = (id) => document.getElementById(id);

function show(section) {
  for (const id of ["loading", "signed-out", "signed-in"]) element(id).hidden = id !== section;
}

function complain(message) {
  element("problem").textContent = message;
  element("problem").hidden = !message;
}

/** The JSON of an answer; the problem document's text becomes the error (RFC 9457). */
async function request(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { ...csrf, ...options.headers } });
  const body = await response.json().catch(() => null);
  if (response.status === 401) return null;
  if (!response.ok) throw new Error(body?.detail ?? body?.title ?? `The server answered ${response.status}.`);
  return body;
}

function signedIn(user) {
  element("name").textContent = user.name ?? user.sub;
  element("subject").textContent = user.sub;
  element("email").textContent = user.email ?? "–";
  element("provider").textContent = user["bff:provider"];
  const end = new Date(Date.now() + user["bff:session_expires_in"] * 1000);
  element("expires").textContent = end.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  show("signed-in");
}

async function load() {
  const user = await request("/bff/user");
  if (user) signedIn(user);
  else show("signed-out");
}

async function callAPI() {
  const answer = await request("/api/me");
  if (!answer) return show("signed-out");
  element("json").textContent = JSON.stringify(answer, null, 2);
  element("answer").hidden = false;
}

async function signOut() {
  const answer = await request("/bff/logout", { method: "POST" });
  // The provider's own end-session page, if it has one; it comes back here.
  location.assign(answer?.logout_url ?? "/");
}

/** Runs an action of the user, with its failure on the page. */
function action(run) {
  return async () => {
    complain("");
    try {
      await run();
    } catch (error) {
      complain(error.message);
    }
  };
}

element("call").addEventListener("click", action(callAPI));
element("sign-out").addEventListener("click", action(signOut));
// A page restored by the Back button shows the state of now, not of then.
addEventListener("pageshow", action(load));
