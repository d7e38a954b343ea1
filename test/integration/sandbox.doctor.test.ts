import { expect, test } from "vitest";
import { examine } from "../../sandbox/providers/local/doctor.ts";
import { ORDINARY, ROOT_OF_CONTAINER, runWhere } from "../harness/run-where.ts";

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

const REPORT = `
	console.log(JSON.stringify((await provider.doctor()).problems[0]));
	await provider.create({ name: "x" }).catch((error) => console.log(error.code, error.message));
	console.log(JSON.stringify(await provider.list()));`;

test("creating says what the doctor says: bubblewrap is not there", async () => {
	const said = await runWhere(ORDINARY, "mount --bind /dev/null /usr/bin/bwrap;", REPORT);
	expect(said).toContain('"code":"bwrap_missing"');
	expect(said).toMatch(/^unsupported bubblewrap is not installed.*apt-get install -y bubblewrap/m);
	expect(said).toMatch(/^\[\]$/m);
});

test("creating says what the doctor says: namespaces are refused", async () => {
	const said = await runWhere(ORDINARY, "echo 0 > /proc/sys/user/max_user_namespaces;", REPORT);
	expect(said).toContain('"code":"namespaces_refused"');
	expect(said).toMatch(
		/^unsupported This system does not let bubblewrap .*sysctl -w user.max_user_namespaces/ms,
	);
});

test("creating says what the doctor says: the root of a container with few user ids", async () => {
	const said = await runWhere(ROOT_OF_CONTAINER, "", REPORT);
	expect(said).toMatch(/^unsupported Bobbin runs as the root of a container that has no user id 200000/m);
	expect(said).toMatch(/^\[\]$/m);
});
