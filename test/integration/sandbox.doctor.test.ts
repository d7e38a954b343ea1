import { expect, test } from "vitest";
import { examine } from "../../sandbox/providers/local/doctor.ts";

test("says what to install where bubblewrap is missing", async () => {
	const report = await examine({ isolation: "full", limitsEnforced: true, uid: null, path: "/nonexistent" });
	expect(report.ok).toBe(false);
	expect(report.problems).toMatchObject([
		{ code: "bwrap_missing", fix: expect.stringContaining("apt-get install -y bubblewrap") },
	]);
});

test("needs nothing and promises nothing where no isolation was asked for", async () => {
	const report = await examine({ isolation: "none", limitsEnforced: false, uid: null, path: "/nonexistent" });
	expect(report).toMatchObject({
		ok: true,
		capabilities: { isolation: "none", networkPolicy: false, limitsEnforced: false },
	});
});
