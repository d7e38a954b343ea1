import { html } from "hono/html";
import { page } from "./page.ts";

const AGAIN = html`<p><a href="/slack/install">Begin again</a>.</p>`;

/** How an install can end other than well, as people read it. */
const ENDS = {
	unknown: { status: 404, title: "This leads nowhere", text: "It is no install that Bobbin began." },
	expired: { status: 410, title: "That took too long", text: "An install is good for ten minutes." },
	used: { status: 410, title: "This was used before", text: "Each install comes back once." },
	other_browser: {
		status: 403,
		title: "Not in this browser",
		text: "This install was begun in another browser. If you did not begin it yourself, close this page: nothing was installed.",
	},
	denied: { status: 200, title: "Nothing was installed", text: "You said no at Slack." },
	bad_code: {
		status: 400,
		title: "Slack did not take this install",
		text: "Its code was used before or is too old.",
	},
	token_rotation: {
		status: 400,
		title: "Turn token rotation off",
		text: "The Slack app is set to tokens that run out (OAuth & Permissions, Token Rotation). Make a new app from the manifest: rotation cannot be turned off again.",
	},
	unavailable: { status: 503, title: "Slack does not answer", text: "Wait a minute." },
	misconfigured: {
		status: 502,
		title: "The Slack app is not set up right",
		text: "Slack does not take its client id, its secret or its redirect address. Please tell whoever runs Bobbin; npm run doctor says more.",
	},
	broken: { status: 500, title: "Something went wrong inside Bobbin", text: "It is noted." },
	not_set_up: {
		status: 404,
		title: "Nothing can be installed here",
		text: "Whoever runs this Bobbin sets SLACK_CLIENT_ID and SLACK_CLIENT_SECRET first.",
	},
} as const;

export type SlackInstallEnd = keyof typeof ENDS;

export function slackInstallEndPage(end: SlackInstallEnd) {
	const { status, title, text } = ENDS[end];
	return { status, body: page(title, html`<p>${text}</p>${AGAIN}`) };
}

/** What the install page has to say of this server. */
export interface SlackSetUp {
	/** Slack itself, the playground's, or both: a workspace by SLACK_BOT_TOKEN and no install. */
	slack: "real" | "playground";
	canInstall: boolean;
	publicUrl: string;
	/** Whether Slack can reach that address. */
	isPublic: boolean;
	/** Slack's own page with everything filled in. */
	createAppUrl: string;
	createSocketAppUrl: string;
	redirectUrl: string;
}

const MANIFEST = html`<p><small>After an update of Bobbin: paste <a href="/slack/install/manifest.json">the manifest</a> at Slack under App Manifest, then add it again.</small></p>`;

const BUTTON = html`<p><a href="/slack/install/go"><strong>Add to Slack</strong></a></p>`;

export function slackInstallPage(setUp: SlackSetUp) {
	if (setUp.slack === "real" && setUp.canInstall)
		return page(
			"Add Bobbin to Slack",
			html`<p>Bobbin turns Slack threads into pull requests. Slack asks you which workspace (or which organisation), and you are done.</p>
${BUTTON}
<p>After that people connect their own GitHub accounts, and use the repositories that GitHub lets them use.</p>
${MANIFEST}`,
		);
	if (setUp.slack === "real")
		return page(
			"Bobbin is connected to Slack",
			html`<p>It works in the workspace of its <code>SLACK_BOT_TOKEN</code>: write <code>@bobbin</code> there.</p>
<p>To let further workspaces install it, set <code>SLACK_CLIENT_ID</code> and <code>SLACK_CLIENT_SECRET</code> (Slack app, Basic Information), put <code>${setUp.redirectUrl}</code> under OAuth &amp; Permissions, Redirect URLs, and start again. Outside your own workspace or organisation people can install it once you activate public distribution at Slack.</p>
${MANIFEST}`,
		);
	return page("Connect Slack", connectSteps(setUp));
}

function connectSteps({ isPublic, publicUrl, createAppUrl, createSocketAppUrl, canInstall }: SlackSetUp) {
	const byHttp = html`
<h2>1. Make the app</h2>
<p><a href="${createAppUrl}"><strong>Create the Slack app</strong></a> with everything filled in for <code>${publicUrl}</code>: choose a workspace, press Next, press Create.</p>
<h2>2. Paste three lines</h2>
<p>Slack shows the secrets under Basic Information, App Credentials. Put them into <code>.env</code> and start Bobbin again:</p>
<pre>SLACK_CLIENT_ID=&lt;Client ID&gt;
SLACK_CLIENT_SECRET=&lt;Client Secret&gt;
SLACK_SIGNING_SECRET=&lt;Signing Secret&gt;
PUBLIC_URL=${publicUrl}</pre>
<h2>3. Add it</h2>
<p>Load this page again: it has one button then, <strong>Add to Slack</strong>. For one workspace only, Install App at Slack and <code>SLACK_BOT_TOKEN=&lt;Bot User OAuth Token&gt;</code> do as well, in the place of the client id and secret.</p>`;
	const bySocket = html`
<h2>1. Make the app</h2>
<p><a href="${createSocketAppUrl}"><strong>Create the Slack app</strong></a> with everything filled in for Socket Mode: choose a workspace, press Next, press Create.</p>
<h2>2. Add it</h2>
<p>At Slack press Install App, Install to Workspace. Under Basic Information, App-Level Tokens, make a token with <code>connections:write</code>.</p>
<h2>3. Paste two lines</h2>
<p>Put both into <code>.env</code> and start Bobbin again:</p>
<pre>SLACK_BOT_TOKEN=&lt;Install App, Bot User OAuth Token&gt;
SLACK_APP_TOKEN=&lt;App-Level Token&gt;</pre>`;
	const playground = canInstall
		? html`<p>Until then a playground stands in for Slack, where this can be tried: <a href="/slack/install/go">Add to Slack (playground)</a>.</p>`
		: "";
	if (isPublic)
		return html`${byHttp}<details><summary>Slack cannot reach ${publicUrl}? Use Socket Mode.</summary>${bySocket}</details><hr>${playground}`;
	return html`<p>No <code>PUBLIC_URL</code> is set, so Slack cannot send anything to this server; with Socket Mode Bobbin fetches it. For many workspaces set <code>PUBLIC_URL</code> to an https address first and load this page again.</p>${bySocket}<hr>${playground}`;
}

export function slackInstalledPage(input: { name: string; botName: string; openUrl: string }) {
	const { name, botName, openUrl } = input;
	return page(
		`Bobbin is in ${name}`,
		html`<p><a href="${openUrl}"><strong>Open Slack</strong></a> and begin:</p>
<ol>
<li>In a channel write <code>/invite @${botName}</code>.</li>
<li>Write <code>@${botName} fix the flaky checkout test in owner/repository</code>.</li>
<li>Bobbin asks you, privately and once, to connect your GitHub account. Every reply in that thread goes on with the same work.</li>
</ol>
<p>Or write to @${botName} directly. Its Home tab has the settings.</p>`,
	);
}
