import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { SandboxInfo, SandboxProvider } from "../../sandbox/provider.ts";
import { eventually } from "../harness/eventually.ts";
import type { SandboxFixture } from "./sandbox-provider.contract.ts";

/** What a home may hold: modes, links, holes, odd names, folders that their owner may not write. */
const FILL = `
	cd ~
	mkdir -p tree/a/b tree/doomed tree/again tree/renamed
	echo text > tree/a/file; head -c 300000 /dev/urandom > tree/a/b/blob
	echo script > tree/run; chmod 751 tree/run
	echo hidden > tree/.hidden; : > tree/empty
	ln -s a/file tree/link; ln -s /no/such tree/dangling; ln tree/a/file tree/hard
	echo 1 > tree/doomed/x; echo 2 > tree/again/old; echo 3 > tree/gone; echo 4 > tree/renamed/in
	mkfifo tree/pipe
	echo odd > "tree/$(printf 'caf\\351 \\377')"; echo odder > "$(printf 'tree/a\\nb "c" \\\\d $e')"; echo end > tree/-rf
	mkdir tree/readonly; echo r > tree/readonly/r; chmod 444 tree/readonly/r; chmod 555 tree/readonly
	touch -d '2001-02-03 04:05:06' tree/a/file`;

/** After a snapshot: everything that a second layer must keep. */
const change = (rename: string) => `
	cd ~/tree
	rm gone; rm -r doomed; rm -r again; mkdir again; echo new > again/new
	${rename}; echo more > moved/more
	echo changed >> a/file; chmod 700 run; rm link; ln -s run link
	rm empty; mkdir empty; echo now-a-folder > empty/f`;

/** Kind, mode, time and target of everything in the home, and the content of its files. */
const TELL = `
	cd ~
	find . -mindepth 1 -exec stat --printf '%N %f %Y\\n' {} + | sort
	find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
	if [ tree/a/file -ef tree/hard ]; then echo one file; fi`;

/**
 * What every provider's snapshots must do.
 *
 * @param options renamesFolders false: rename(2) of a folder that came from a snapshot gives EXDEV, as everywhere in
 *   containers whose engine mounts overlays without `redirect_dir`; mv(1) copies it then
 */
export function describeSnapshots(
	name: string,
	createFixture: () => Promise<SandboxFixture>,
	options = { renamesFolders: true },
): void {
	const rename = options.renamesFolders ? `node -e 'fs.renameSync("renamed", "moved")'` : "mv renamed moved";
	describe(`snapshots: ${name}`, () => {
		let fixture: SandboxFixture;
		let provider: SandboxProvider;
		let source: SandboxInfo;

		beforeAll(async () => {
			fixture = await createFixture();
			provider = fixture.provider;
			source = await provider.create({ name: "snap-source" });
			await run(source, FILL);
		});
		afterAll(() => fixture?.stop());

		async function run(box: SandboxInfo, command: string): Promise<string> {
			const { exitCode, stdout, stderr } = await provider.exec(box.id, { command, timeoutMs: 60_000 });
			expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
			return stdout;
		}
		const restore = (sandbox: string, snapshot: string) => provider.create({ name: sandbox, snapshot });

		test("a sandbox made from a snapshot has the home of its source, byte for byte", async () => {
			const before = Date.now();
			const taken = await provider.snapshot(source.id, "snap-first");
			expect(taken.name).toBe("snap-first");
			expect(taken.createdAt.getTime()).toBeGreaterThan(before - 60_000);
			const copy = await restore("snap-copy", "snap-first");
			expect(copy).toMatchObject({
				state: "started",
				snapshot: "snap-first",
				homeDir: source.homeDir.replace(source.name, copy.name),
			});
			expect(source.snapshot).toBeNull();
			const told = await run(copy, TELL);
			expect(told).toContain("one file");
			expect(told).toBe(await run(source, TELL));
		});

		test("changes, deletions and renamed folders are kept through a second snapshot and a third", async () => {
			const copy = await restore("snap-copy", "snap-first");
			await run(copy, change(rename));
			await provider.snapshot(copy.id, "snap-second");
			const second = await restore("snap-2", "snap-second");
			const told = await run(second, TELL);
			expect(told).toBe(await run(copy, TELL));
			expect(told).not.toContain("doomed");
			expect(told).not.toContain("again/old");
			await run(second, "cd ~/tree; echo third > third; rm again/new; rm -r moved");
			await provider.snapshot(second.id, "snap-third");
			const third = await restore("snap-3", "snap-third");
			expect(await run(third, TELL)).toBe(await run(second, TELL));
		});

		test("a stopped sandbox keeps its changes, and a snapshot of it has them", async () => {
			const box = await restore("snap-stopped", "snap-first");
			await run(box, "echo late > ~/late; rm ~/tree/gone");
			await provider.stop(box.id);
			await provider.snapshot(box.id, "snap-of-stopped");
			const again = await provider.ensureStarted(box.id);
			const other = await restore("snap-stopped-2", "snap-of-stopped");
			expect(await run(other, "cat ~/late; ls ~/tree")).toBe(await run(again, "cat ~/late; ls ~/tree"));
			expect(await run(again, "ls ~/tree")).not.toContain("gone");
		});

		test("processes go on after a snapshot, and it holds one moment", async () => {
			const { capabilities } = await provider.doctor();
			if (!capabilities.snapshotsRunning) return;
			const box = await provider.create({ name: "snap-ticking" });
			const ref = await provider.spawn(box.id, {
				key: "tick",
				command: "cd; for ((i = 1; ; i++)); do echo $i > first; echo $i > second; echo $i; done",
			});
			const ticks = async () => (await provider.readLogs(box.id, ref, { stdout: 0, stderr: 0 })).next.stdout;
			await eventually(async () => expect(await ticks()).toBeGreaterThan(100));
			await provider.snapshot(box.id, "snap-moment");
			const then = await ticks();
			await eventually(async () => expect(await ticks()).toBeGreaterThan(then));
			expect(await provider.proc(box.id, ref)).toEqual({ running: true });
			const copy = await restore("snap-moment-copy", "snap-moment");
			// A file that is being written anew may be empty at that moment; else one is at most a step ahead.
			const [first, second] = (await run(copy, "cd; head -n 1 first second -q | xargs; true"))
				.split(" ")
				.map(Number);
			if (first && second) expect(first - second === 0 || first - second === 1).toBe(true);
			expect(await provider.proc(copy.id, ref)).toBeNull();
			await provider.delete(box.id);
		});

		test("a name that is taken gives the snapshot that has it, also to two at once", async () => {
			const again = await provider.snapshot(source.id, "snap-first");
			expect(again).toEqual(await provider.getSnapshot("snap-first"));
			const both = await Promise.all([
				provider.snapshot(source.id, "snap-twice"),
				fixture.another.snapshot(source.id, "snap-twice"),
			]);
			expect(both[0]).toEqual(both[1]);
			const two = await Promise.all(["snap-a", "snap-b"].map((each) => provider.snapshot(source.id, each)));
			expect(two.map((each) => each.name)).toEqual(["snap-a", "snap-b"]);
		});

		test("lists by the beginning of the name", async () => {
			await provider.snapshot(source.id, "listed-1");
			await provider.snapshot(source.id, "listed-2");
			const names = (await provider.listSnapshots("listed-")).map((each) => each.name);
			expect(names.sort()).toEqual(["listed-1", "listed-2"]);
			expect((await provider.listSnapshots()).length).toBeGreaterThan(2);
		});

		test("what is not there is null, and not found for every act", async () => {
			expect(await provider.getSnapshot("snap-none")).toBeNull();
			await expect(restore("snap-orphan", "snap-none")).rejects.toMatchObject({ code: "not_found" });
			expect(await provider.get("snap-orphan")).toBeNull();
			await expect(provider.snapshot("snap-orphan", "snap-x")).rejects.toMatchObject({ code: "not_found" });
			expect(await provider.getSnapshot("snap-x")).toBeNull();
			await provider.deleteSnapshot("snap-none");
		});

		test.each(["", "../up", "UPPER", "a".repeat(64), "a/b"])("refuses the name %j", async (bad) => {
			await expect(async () => provider.snapshot(source.id, bad)).rejects.toMatchObject({ code: "invalid" });
			expect(await provider.getSnapshot(bad)).toBeNull();
		});

		test("a deleted snapshot lives on in what was made from it, and its name may be given anew", async () => {
			const parent = await provider.create({ name: "snap-parent" });
			await run(parent, "echo parent > ~/who; echo old > ~/only");
			await provider.snapshot(parent.id, "snap-base");
			const child = await restore("snap-child", "snap-base");
			await run(child, "echo child >> ~/who");
			await provider.snapshot(child.id, "snap-on-base");
			await provider.deleteSnapshot("snap-base");
			expect(await provider.getSnapshot("snap-base")).toBeNull();
			await expect(restore("snap-late", "snap-base")).rejects.toMatchObject({ code: "not_found" });
			await provider.delete(parent.id);

			await provider.stop(child.id);
			expect(await run(await provider.ensureStarted(child.id), "cat ~/who ~/only")).toBe(
				"parent\nchild\nold\n",
			);
			await provider.delete(child.id);
			const grandchild = await restore("snap-grandchild", "snap-on-base");
			expect(await run(grandchild, "cat ~/who ~/only")).toBe("parent\nchild\nold\n");

			await run(grandchild, "echo new > ~/who");
			await provider.snapshot(grandchild.id, "snap-base");
			expect(await run(await restore("snap-late", "snap-base"), "cat ~/who ~/only")).toBe("new\nold\n");
		});

		test("sandboxes that are made from one snapshot at once do not see each other's changes", async () => {
			const names = ["snap-c1", "snap-c2", "snap-c3"];
			const boxes = await Promise.all(names.map((each) => restore(each, "snap-first")));
			await Promise.all(
				boxes.map((box) =>
					run(box, `echo ${box.name} > ~/tree/a/file; rm -r ~/tree/doomed; echo x > ~/${box.name}`),
				),
			);
			for (const box of boxes) {
				const own = await run(box, "cat ~/tree/a/file; ls ~ | grep snap-");
				expect(own).toBe(`${box.name}\n${box.name}\n`);
			}
			const fresh = await restore("snap-c4", "snap-first");
			expect(await run(fresh, "cat ~/tree/a/file ~/tree/doomed/x")).toBe("text\n1\n");
		});

		test("creating a name twice with a snapshot gives the same sandbox, with its changes", async () => {
			const box = await restore("snap-same", "snap-first");
			await run(box, "echo mine > ~/mine");
			expect(await restore("snap-same", "snap-first")).toEqual(box);
			expect(await run(box, "cat ~/mine")).toBe("mine\n");
		});

		test("the sandbox's token is in no snapshot", async () => {
			const box = await provider.create({ name: "snap-secret" });
			const secret = "a-token-that-must-not-travel";
			await provider.writeFile(box.id, `${box.secretsDir}/token`, secret, 0o600);
			expect(await run(box, 'cat "$BOBBIN_SECRETS_DIR/token"')).toBe(secret);
			await provider.snapshot(box.id, "snap-no-secret");
			const copy = await restore("snap-secret-copy", "snap-no-secret");
			const search = `[ ! -e "$BOBBIN_SECRETS_DIR/token" ] && (grep -rl ${secret} ~ "$BOBBIN_SECRETS_DIR" 2>/dev/null || true)`;
			expect(await run(copy, search)).toBe("");
			await provider.stop(box.id);
			await provider.ensureStarted(box.id);
			expect(await run(box, search)).toBe("");
		});

		test("another process of Bobbin finds snapshots, and restores from them", async () => {
			const { another } = fixture;
			expect(await another.getSnapshot("snap-first")).toEqual(await provider.getSnapshot("snap-first"));
			const box = await another.create({ name: "snap-elsewhere", snapshot: "snap-first" });
			const told = await another.exec(box.id, { command: "cat ~/tree/run", timeoutMs: 60_000 });
			expect(told.stdout).toBe("script\n");
			await another.delete(box.id);
		});

		test("one that is cancelled leaves nothing, and the sandbox goes on", async () => {
			const cancelled = provider.snapshot(source.id, "snap-cancelled", AbortSignal.abort());
			await expect(cancelled).rejects.toMatchObject({ name: "SandboxError" });
			expect(await provider.getSnapshot("snap-cancelled")).toBeNull();
			expect(await run(source, "echo well")).toBe("well\n");
			await provider.snapshot(source.id, "snap-cancelled");
		});

		test("says that a sandbox is in use", async () => {
			await provider.touch(source.id);
		});
	});
}
