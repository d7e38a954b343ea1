import type { KnownBlock } from "@slack/types";
import { codeSpan } from "../text/escape.ts";
import { CONNECT_GITHUB, DISCONNECT_GITHUB } from "./actions.ts";
import { button, contextLine, fallback, type OutgoingMessage, section } from "./message.ts";

/** How many minutes a link in a button is good. */
const GOOD_MINUTES = 10;

/** An invitation to sign in, for one person to see. */
export function connectMessage(input: { state: "revoked" | "never"; url: string }): OutgoingMessage {
	const words =
		input.state === "revoked"
			? "🔗 *You are not connected to GitHub any more*: you disconnected, or it was taken back there or is too old. Connect again and I go on by myself."
			: "🔗 *Connect GitHub and I go on by myself.* I work in your name there: your commits, your pull requests, and only repositories that you may use.";
	return {
		text: fallback(words),
		blocks: [
			section(words),
			{ type: "actions", elements: [connectButton(input.url)] },
			contextLine(
				`Only you see this. The button is yours alone, good once and for ${GOOD_MINUTES} minutes; pressing it puts a fresh one in its place.`,
			),
		],
	};
}

/** After signing in: what goes on, and the way back. */
export function connectedMessage(login: string): OutgoingMessage {
	const words = `✅ *GitHub is connected* as ${codeSpan(login)}. I go on with what you asked for.`;
	return {
		text: fallback(words),
		blocks: [section(words), { type: "actions", elements: [disconnectButton()] }],
	};
}

export function disconnectedMessage(login: string): OutgoingMessage {
	const words = `GitHub account ${codeSpan(login)} is disconnected, and I have no token of yours any more. What you ask next waits until you connect again.`;
	return { text: fallback(words), blocks: [section(words)] };
}

/** The part of the home that tells of a person's account. */
export function accountBlocks(
	account: { state: "live"; login: string } | { state: "revoked" | "never"; url: string },
): KnownBlock[] {
	if (account.state === "live")
		return [{ ...section(`GitHub: connected as ${codeSpan(account.login)}`), accessory: disconnectButton() }];
	const words = `GitHub: not connected ${account.state === "revoked" ? "any more" : "yet"}. Once it is, commits and pull requests are yours.`;
	return [{ ...section(words), accessory: connectButton(account.url) }];
}

/** Whether a link that was made then has a minute left at least. */
export function isGood(madeAtMs: number, nowMs: number): boolean {
	return nowMs - madeAtMs < (GOOD_MINUTES - 1) * 60_000;
}

/** Leads to GitHub's sign-in by a link that is one person's. */
export function connectButton(url: string) {
	return { ...button("Connect GitHub", CONNECT_GITHUB, "now", "primary"), url };
}

function disconnectButton() {
	return {
		...button("Disconnect GitHub", DISCONNECT_GITHUB, "now"),
		confirm: {
			title: { type: "plain_text" as const, text: "Disconnect GitHub?" },
			text: {
				type: "plain_text" as const,
				text: "I can then not open pull requests for you until you connect again. What is open stays open.",
			},
			confirm: { type: "plain_text" as const, text: "Disconnect" },
			deny: { type: "plain_text" as const, text: "Keep it" },
		},
	};
}
