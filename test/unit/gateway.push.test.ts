import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { decidePush } from "../../src/gateway/decide-push.ts";
import { readHead } from "../../src/gateway/push-body.ts";
import { readReceivePackHead } from "../../src/gateway/receive-pack-commands.ts";
import { toRefusal } from "../../src/gateway/receive-pack-report.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const ZERO = "0".repeat(40);
const PREFIX = "bobbin/1a2b3c4d";
const packet = (text: string) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
const OWN = `refs/heads/${PREFIX}-fix`;

test("reads commands and capabilities, and where the pack begins", () => {
	const head = [
		packet(`shallow ${A}\n`),
		packet(`${ZERO} ${A} ${OWN}\0 report-status side-band-64k object-format=sha1\n`),
		packet(`${A} ${B} refs/heads/${PREFIX}`),
		"0000",
	].join("");
	expect(readReceivePackHead(Buffer.from(`${head}PACK…`))).toEqual({
		state: "complete",
		shallow: [`shallow ${A}`],
		commands: [
			{ oldOid: ZERO, newOid: A, ref: OWN },
			{ oldOid: A, newOid: B, ref: `refs/heads/${PREFIX}` },
		],
		capabilities: ["report-status", "side-band-64k", "object-format=sha1"],
		length: head.length,
	});
});

test("reads a head of many refs in a moment, also where it comes in small pieces", async () => {
	const line = `${ZERO} ${A} ${OWN}`;
	const body = Buffer.from(`${packet(`${line}\0report-status`)}${packet(line).repeat(8_000)}0000PACK…`);
	const pieces = function* () {
		for (let at = 0; at < body.length; at += 40) yield body.subarray(at, at + 40);
	};
	const { head, read, rest } = await readHead(Readable.from(pieces()));
	expect(head).toMatchObject({ state: "complete", commands: { length: 8_001 } });
	const after: Buffer[] = [];
	for await (const piece of { [Symbol.asyncIterator]: () => rest }) after.push(piece);
	expect(Buffer.concat([read, ...after])).toEqual(body);
});

test("takes the lone flush packet with which git tries its way, and waits at each cut", () => {
	expect(readReceivePackHead(Buffer.from("0000"))).toMatchObject({ state: "complete", commands: [] });
	const whole = `${packet(`${ZERO} ${A} ${OWN}\0report-status`)}0000`;
	for (let length = 0; length < whole.length; length++) {
		expect(readReceivePackHead(Buffer.from(whole.slice(0, length)))).toEqual({ state: "incomplete" });
	}
});

test.each([
	["no length", "zzzz"],
	["a length that is too small", "0003"],
	["a delimiter packet", "0001"],
	["a line that is no command", `${packet("hello")}0000`],
	["a short id", `${packet(`${"a".repeat(39)} ${B} ${OWN}`)}0000`],
	["a ref outside refs/", `${packet(`${A} ${B} HEAD`)}0000`],
	["a line break inside a ref", `${packet(`${A} ${B} ${OWN}\n${A} ${B} refs/heads/main`)}0000`],
	["capabilities at a later command", `${packet(`${A} ${B} ${OWN}`)}${packet(`${A} ${B} ${OWN}\0x`)}0000`],
	["a shallow line after a command", `${packet(`${A} ${B} ${OWN}`)}${packet(`shallow ${A}`)}0000`],
	["a signed push", `${packet("push-cert\0 atomic\n")}0000`],
])("refuses %s", (_what, bytes) => {
	expect(readReceivePackHead(Buffer.from(bytes))).toMatchObject({ state: "malformed" });
});

test.each([
	[`refs/heads/${PREFIX}`, A, true],
	[`refs/heads/${PREFIX}-fix-cart`, A, true],
	[`refs/heads/${PREFIX}/part`, A, true],
	["refs/heads/bobbin/wip/1a2b3c4d", A, true],
	["refs/heads/bobbin/wip/1a2b3c4d", ZERO, false],
	["refs/heads/bobbin/wip/1a2b3c4d-more", A, false],
	["refs/heads/bobbin/wip/1a2b3c4d/more", A, false],
	["refs/heads/bobbin/wip/99999999", A, false],
	["refs/heads/bobbin/wip", A, false],
	["refs/heads/wip/1a2b3c4d", A, false],
	["refs/tags/bobbin/wip/1a2b3c4d", A, false],
	[`refs/heads/${PREFIX}-fix`, ZERO, false],
	[`refs/heads/${PREFIX}5`, A, false],
	["refs/heads/main", A, false],
	["refs/heads/bobbin/99999999-x", A, false],
	[`refs/tags/${PREFIX}`, A, false],
	[`refs/heads/x/../${PREFIX}`, A, false],
	[`refs/heads/${PREFIX}-../main`, A, false],
	[`refs/heads/refs/heads/${PREFIX}`, A, false],
	[`refs/for/${PREFIX}`, A, false],
])("%s to %s may be pushed: %s", (ref, newOid, allowed) => {
	expect(decidePush([{ oldOid: A, newOid, ref }], PREFIX) === null).toBe(allowed);
});

test("one refused ref refuses the whole push, with a reason for each", () => {
	const refused = decidePush(
		[
			{ oldOid: A, newOid: B, ref: OWN },
			{ oldOid: A, newOid: B, ref: "refs/heads/main" },
		],
		PREFIX,
	);
	expect([...(refused ?? [])].map(([ref]) => ref).sort()).toEqual([OWN, "refs/heads/main"]);
	expect(toRefusal(new Map([["refs/heads/main", "no"]]), []).toString()).toBe(
		"000eunpack ok\n001ang refs/heads/main no\n0000",
	);
	expect(toRefusal(new Map([["refs/heads/main", "no"]]), ["side-band-64k"]).toString("latin1")).toBe(
		"0031\u0001000eunpack ok\n001ang refs/heads/main no\n00000000",
	);
});

test("where only work may be kept, no branch but the one for it may be pushed", () => {
	const push = (ref: string) => decidePush([{ oldOid: ZERO, newOid: A, ref }], PREFIX, { onlySaves: true });
	expect(push("refs/heads/bobbin/wip/1a2b3c4d")).toBeNull();
	expect([...(push(OWN)?.keys() ?? [])]).toEqual([OWN]);
});

test("lets a session push to the one branch of somebody's that it was asked to work on", () => {
	const push = (ref: string, newOid = A) =>
		decidePush([{ oldOid: ZERO, newOid, ref }], PREFIX, { adopted: "mia/cart" });
	expect(push("refs/heads/mia/cart")).toBeNull();
	expect(push(`refs/heads/${PREFIX}-x`)).toBeNull();
	expect(push("refs/heads/mia/cart-2")).not.toBeNull();
	expect(push("refs/tags/mia/cart")).not.toBeNull();
	expect(push("refs/heads/mia/cart", ZERO)?.get("refs/heads/mia/cart")).toContain("may not delete");
	expect(
		decidePush([{ oldOid: ZERO, newOid: A, ref: "refs/heads/mia/cart" }], PREFIX, {
			adopted: "mia/cart",
			onlySaves: true,
		}),
	).not.toBeNull();
});
