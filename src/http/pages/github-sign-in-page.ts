import { html } from "hono/html";
import type { LinkQuestion } from "../../people/linking.ts";
import { page } from "./page.ts";

const BACK =
	"Go back to Slack: when you pressed the button there, Bobbin put a fresh one in its place. Press that one, or the one in Bobbin's home.";

/** What a sign-in with GitHub can end in, as people read it. */
const ENDS = {
	unknown: {
		status: 404,
		title: "This link leads nowhere",
		text: "It is no sign-in that Bobbin knows. Press the button that Bobbin showed to you in Slack, or the one in Bobbin's home there.",
	},
	expired: { status: 410, title: "This link is too old", text: `It was good for ten minutes. ${BACK}` },
	used: {
		status: 410,
		title: "This link was used before",
		text: `Each is good once. If you still need it: ${BACK}`,
	},
	other_browser: {
		status: 403,
		title: "Not in this browser",
		text: "This sign-in was begun in another browser. Press Bobbin's button in Slack again and go on in the browser in which you are signed in to GitHub. If you did not begin it yourself, close this page: nothing was connected.",
	},
	denied: {
		status: 200,
		title: "Nothing was connected",
		text: "You said no at GitHub. Bobbin's button in Slack brings you here again whenever you like.",
	},
	declined: {
		status: 200,
		title: "Nothing was connected",
		text: "What GitHub gave was thrown away. Bobbin's button in Slack brings you here again whenever you like.",
	},
	bad_code: {
		status: 400,
		title: "GitHub did not take this sign-in",
		text: "Its code was used before or is too old. Press Bobbin's button in Slack again.",
	},
	unverified_email: {
		status: 400,
		title: "Verify your address at GitHub first",
		text: "GitHub signs in only people whose main address is verified: see Settings, Emails at GitHub. Then press Bobbin's button in Slack again.",
	},
	foreign_form: {
		status: 403,
		title: "This came from another site",
		text: "Nothing was connected. Press Bobbin's button in Slack again.",
	},
	unavailable: {
		status: 503,
		title: "GitHub does not answer",
		text: "Nothing was connected: load this page again in a minute, or press Bobbin's button in Slack again.",
	},
	misconfigured: {
		status: 502,
		title: "Bobbin's GitHub App is not set up right",
		text: "GitHub does not take its client id, its secret or its callback address. Please tell whoever runs Bobbin; npm run doctor says more.",
	},
	broken: {
		status: 500,
		title: "Something went wrong inside Bobbin",
		text: "It is noted. Nothing was half done: load this page again, or press Bobbin's button in Slack again.",
	},
	not_set_up: {
		status: 404,
		title: "Nobody can sign in here",
		text: "This Bobbin's GitHub App has no client id and secret. Whoever runs it sets GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET.",
	},
} as const;

export type SignInEnd = keyof typeof ENDS;

/** A page that says how a sign-in ended and what to do, with its HTTP status. */
export function signInEndPage(end: SignInEnd) {
	const { status, title, text } = ENDS[end];
	return { status, body: page(title, html`<p>${text}</p>`) };
}

/** Asks whether the account is really the person's: the link may have come from somebody else. */
export function confirmPage(input: { question: LinkQuestion; workspace: string | null; state: string }) {
	const { question, workspace, state } = input;
	const { person, login, noreply, emails, chosen, replaces } = question;
	const where = workspace === null ? "" : html` of the workspace <strong>${workspace}</strong>`;
	const addresses = ["", ...emails].map(
		(email) =>
			html`<label><input type="radio" name="email" value="${email}"${email === (chosen ?? "") ? html` checked` : ""}> ${
				email === "" ? html`${noreply} (shows no address of yours)` : email
			}</label>`,
	);
	const hidden = html`<input type="hidden" name="state" value="${state}">`;
	return page(
		"Is this you?",
		html`<p>Connect the GitHub account <strong>${login}</strong> to <strong>${person}</strong>${where} in Slack?</p>
${replaces === null ? "" : html`<p>It takes the place of <strong>${replaces}</strong>.</p>`}
<p>What ${person} asks Bobbin for is then committed and opened at GitHub in the name of ${login}. If you are not ${person}, say no: somebody gave you their link.</p>
<form method="post" action="/github/connect/confirm">${hidden}
<p>Commits carry the address:</p>
${addresses}
<p><button name="answer" value="yes">Yes, connect ${login}</button></p></form>
<form method="post" action="/github/connect/confirm">${hidden}<p><button name="answer" value="no">No</button></p></form>`,
	);
}

export function linkedPage(login: string, releasedSessions: number) {
	const goesOn = releasedSessions === 0 ? "" : " What you asked for goes on by itself.";
	return page(
		"Connected",
		html`<p>GitHub account <strong>${login}</strong> is connected.${goesOn} You can close this page and go back to Slack.</p>`,
	);
}

export function takenPage(login: string, owner: string) {
	return page(
		"This account is somebody else's here",
		html`<p>GitHub account <strong>${login}</strong> is connected to <strong>${owner}</strong>, who is another person for Bobbin. Nothing was changed.</p>
<p>If both are you, press Disconnect GitHub in Bobbin's home in Slack as ${owner}, then press the button again. If not, sign out at GitHub, sign in there with your own account, and press the button again.</p>`,
	);
}
