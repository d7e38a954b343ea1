import { describe, expect, it } from "vitest";
import { toBranchName, toSafeFileName, toTitle } from "../../src/sessions/names.ts";

const sessionId = "1a2b3c4d-0000-4000-8000-000000000000";

describe("a title", () => {
	it.each([
		["  \n Fix the cart \nplease", "Fix the cart"],
		["", "Untitled"],
		["\n \n", "Untitled"],
		["x".repeat(100), `${"x".repeat(79)}…`],
		["😀".repeat(100), `${"😀".repeat(79)}…`],
	])("of %j is %j", (text, title) => {
		expect(toTitle(text)).toBe(title);
	});
});

describe("a branch", () => {
	it.each([
		["Fix the cart total!", 1, "bobbin/1a2b3c4d-fix-the-cart-total"],
		["Größe prüfen", 1, "bobbin/1a2b3c4d-gro-e-prufen"],
		["مرحبا", 1, "bobbin/1a2b3c4d"],
		["../../main; rm -rf ~", 1, "bobbin/1a2b3c4d-main-rm-rf"],
		[`${"x".repeat(39)} y`, 1, `bobbin/1a2b3c4d-${"x".repeat(39)}`],
		["Fix", 2, "bobbin/1a2b3c4d-fix-2"],
	])("for %j, round %i, is %s", (title, round, branch) => {
		expect(toBranchName(sessionId, title, round)).toBe(branch);
	});
});

describe("a file's name", () => {
	it.each([
		["shot.png", "shot.png"],
		["../../etc/passwd", "etc_passwd"],
		[".bashrc", "bashrc"],
		["a b\u0000c/d.txt", "a_b_c_d.txt"],
		["...", "file-1"],
		["größe.txt", "größe.txt"],
		[`${"x".repeat(200)}.png`, `${"x".repeat(96)}.png`],
	])("of %j is %j", (name, safe) => {
		expect(toSafeFileName(name, "file-1")).toBe(safe);
	});
});
