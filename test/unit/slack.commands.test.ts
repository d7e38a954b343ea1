import { expect, test } from "vitest";
import { isDoing, parseCommand } from "../../src/slack/commands/parse-command.ts";

test.each([
	["", { command: "open", text: "" }],
	["  help ", { command: "help" }],
	["Help", { command: "help" }],
	["new", { command: "open", text: "" }],
	["new fix the cart\nand the tax", { command: "new", text: "fix the cart\nand the tax" }],
	["stop", { command: "stop", session: null }],
	["stop 1a2b3c4d", { command: "stop", session: "1a2b3c4d" }],
	["status", { command: "status", session: null }],
	["cancel 2", { command: "word", word: "cancel 2" }],
	["quiet", { command: "word", word: "quiet" }],
	["quiet the logger", { command: "open", text: "quiet the logger" }],
	["sessions", { command: "sessions" }],
	["repo", { command: "repo" }],
	["repo acme/shop", { command: "set_repo", wanted: "acme/shop" }],
	["repo none", { command: "set_repo", wanted: "none" }],
	["settings", { command: "settings" }],
	["link", { command: "link" }],
	["stats", { command: "stats" }],
	["budget", { command: "budget", isUnread: false }],
	["budget everything", { command: "budget", isUnread: true }],
	["budget me -5", { command: "budget", isUnread: true }],
	["budget me $50", { command: "set_budget", who: "me", cap: 50 }],
	["budget Channel 2.5", { command: "set_budget", who: "channel", cap: 2.5 }],
	["budget workspace none", { command: "set_budget", who: "workspace", cap: "none" }],
	["spawn", { command: "open", text: "" }],
	["spawn fix a; fix b ;", { command: "spawn", texts: ["fix a", "fix b"] }],
	[
		"spawn\n- fix a; then b\n2. fix c\n\n• fix d",
		{ command: "spawn", texts: ["fix a; then b", "fix c", "fix d"] },
	],
	["spawn fix one thing", { command: "spawn", texts: ["fix one thing"] }],
	[`spawn ${"fix it;".repeat(11)}`, { command: "too_many", most: 10 }],
])("%j is %j", (text, command) => {
	expect(parseCommand(text)).toEqual(command);
});

test.each([
	["stauts", "status"],
	["stpo", "stop"],
	["nwe fix the cart", "new"],
	["sesions", "sessions"],
	["setings", "settings"],
	["hlep", "help"],
	["spwan a; b", "spawn"],
	["lnk", "link"],
])("%j is near to %s", (text, nearest) => {
	expect(parseCommand(text)).toMatchObject({ command: "unknown", nearest });
});

test.each(["fix the cart total", "show me the login page", "why is checkout slow?", "upgrade"])(
	"%j opens the modal with these words",
	(text) => {
		expect(parseCommand(text)).toEqual({ command: "open", text });
	},
);

test.each([
	["new fix it", true],
	["spawn a; b", true],
	["stop", true],
	["repo acme/shop", true],
	["repo", false],
	["status", false],
	["", false],
	["settings", false],
])("%j is kept before it is acknowledged: %s", (text, kept) => {
	expect(isDoing(parseCommand(text))).toBe(kept);
});
