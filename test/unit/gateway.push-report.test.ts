import { expect, test } from "vitest";
import { readTakenRefs } from "../../src/gateway/receive-pack-report.ts";

const packet = (content: string | Buffer) => {
	const bytes = Buffer.from(content);
	return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, "0")), bytes]);
};
const flush = Buffer.from("0000");
const report = (...lines: string[]) => Buffer.concat([...lines.map((line) => packet(`${line}\n`)), flush]);
const band = (number: number, content: Buffer) => packet(Buffer.concat([Buffer.from([number]), content]));
const PLAIN = ["report-status"];
const BANDS = ["report-status-v2", "side-band-64k", "agent=git/2.47"];

const mixed = report("unpack ok", "ok refs/heads/a", "ng refs/heads/b protected", "ok refs/heads/c");

test.each([
	["a plain report", mixed, PLAIN, ["refs/heads/a", "refs/heads/c"]],
	[
		"a report in pieces between progress",
		Buffer.concat([
			band(2, Buffer.from("Resolving deltas\n")),
			band(1, mixed.subarray(0, 21)),
			band(2, Buffer.from("remote: ok refs/heads/b\n")),
			band(1, mixed.subarray(21)),
			flush,
		]),
		BANDS,
		["refs/heads/a", "refs/heads/c"],
	],
	[
		"options of version 2",
		Buffer.concat([band(1, report("unpack ok", "ok refs/heads/a", "option old-oid 1")), flush]),
		BANDS,
		["refs/heads/a"],
	],
	["a pack that was not taken", report("unpack index-pack failed", "ok refs/heads/a"), PLAIN, []],
	["a report that nobody asked for", mixed, ["side-band-64k"], null],
	["an answer that is none", Buffer.from("<html>"), PLAIN, null],
	["an empty answer", Buffer.alloc(0), BANDS, null],
	["what breaks off", mixed.subarray(0, 10), PLAIN, null],
])("%s", (_, answer, capabilities, expected) => {
	const taken = readTakenRefs(answer, capabilities);
	expect(taken === null ? null : [...taken]).toEqual(expected);
});
