import { expect, it } from "vitest";
import { createLog } from "../../src/log.ts";

const SECRET = "ghu_0123456789abcdef";

function logged(fields: object): string {
	const lines: string[] = [];
	const log = createLog({ level: "info", pretty: false, to: { write: (line) => void lines.push(line) } });
	log.info(fields, "a line");
	return lines.join("");
}

it.each<[string, object]>([
	["itself", { token: SECRET }],
	["in a thing", { grant: { accessToken: SECRET, refreshToken: SECRET } }],
	["in an answer of GitHub's", { answer: { data: { access_token: SECRET, refresh_token: SECRET } } }],
	[
		"in settings",
		{ config: { github: { clientSecret: SECRET, webhookSecret: SECRET, privateKey: SECRET } } },
	],
	["in what a failed call carried", { err: failure() }],
])("a secret is cut out of a line: %s", (_where, fields) => {
	const line = logged(fields);
	expect(line).toContain("[cut]");
	expect(line).not.toContain(SECRET);
});

it("what was logged is as it was", () => {
	const err = failure();
	logged({ err });
	expect(err.request.headers.authorization).toBe(SECRET);
});

function failure() {
	return Object.assign(new Error("refused"), {
		request: { headers: { authorization: SECRET, cookie: SECRET } },
	});
}
