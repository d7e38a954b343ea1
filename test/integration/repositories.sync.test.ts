import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SANDBOX_TOKEN, startGateway } from "../harness/gateway.ts";
import { startGitServer } from "../harness/git-server.ts";

const guest = new URL("../../sandbox/guest", import.meta.url).pathname;
const BRANCH = "bobbin/1a2b3c4d-fix";

let dir: string;
let github: Awaited<ReturnType<typeof startGitServer>>;
let gateway: Awaited<ReturnType<typeof startGateway>>;

beforeAll(async () => {
	dir = await mkdtemp("/tmp/bobbin-odd-");
	await sh("mkdir -p home/secrets github/acme");
	await writeFile(join(dir, "home/secrets/token"), SANDBOX_TOKEN);
	github = await startGitServer(join(dir, "github"), "ghs_token");
	gateway = await startGateway({
		git: {
			url: () => `${github.url}/acme/shop.git`,
			token: async () => "ghs_token",
			forgetTokens: () => {},
		},
	});
	// The name is Latin-1. What each version of a.txt holds is nowhere else.
	await sh(`git init -q --bare -b main github/acme/shop.git; git -C github/acme/shop.git config uploadpack.allowFilter true
		git clone -q github/acme/shop.git theirs 2>/dev/null; cd theirs
		for n in 1 2 3; do echo "version $n" > a.txt; git add -A; git commit -qm "$n"; done
		name=$(printf 'caf\\351.txt'); echo hello > "$name"; mkdir art; echo '*.psd filter=lfs' > art/.gitattributes
		ln -s ${dir}/home/secrets/token .bobbin.yml; ln -s ../../.. up; ln -s a.txt .nvmrc
		git add -A; git commit -qm odd; git push -q origin main`);
});
afterAll(async () => {
	gateway?.stop();
	github?.stop();
	await rm(dir, { recursive: true, force: true });
});

async function sh(command: string, env: Record<string, string> = {}): Promise<string> {
	const { stdout } = await promisify(execFile)("bash", ["-ec", command], {
		cwd: dir,
		env: {
			PATH: process.env.PATH ?? "",
			HOME: join(dir, "home"),
			BOBBIN_SECRETS_DIR: join(dir, "home/secrets"),
			BOBBIN_GATEWAY_URL: gateway?.url ?? "",
			GIT_AUTHOR_NAME: "Zoe",
			GIT_AUTHOR_EMAIL: "zoe@example.com",
			GIT_COMMITTER_NAME: "Zoe",
			GIT_COMMITTER_EMAIL: "zoe@example.com",
			...env,
		},
	});
	return stdout.trim();
}

const sync = async (folder: string, state: string, env: Record<string, string> = {}) =>
	(await sh(`sh ${guest}/sync.sh acme/shop main ${BRANCH} ${dir}/${folder} ${state}`, env))
		.split("\n")
		.filter((fact) => !fact.startsWith("head "));
const inside = (folder: string, command: string) =>
	sh(`guest_dir=${guest}; . ${guest}/git-env.sh; cd ${folder}; ${command}`);

test("of a large repository only today's files are fetched, and older ones when git asks for them", async () => {
	expect(await sync("large", "fresh", { BOBBIN_CLONE_FILTER: "blob:none" })).toEqual(["lfs", "partial"]);
	const missing = "git rev-list --objects --all --missing=print | grep -c '^?'";
	expect(await inside("large", missing)).toBe("2");
	expect(await inside("large", "git show HEAD~2:a.txt")).toBe("version 2");
	expect(await inside("large", missing)).toBe("1");
	await inside("large", "echo mine > a.txt; git commit -qam mine; git push -q origin HEAD");
	expect(await sync("large", "kept", { BOBBIN_CLONE_FILTER: "blob:none" })).toEqual([]);
	expect(await inside("large", "git log --format=%s -2")).toBe("mine\nodd");
});

test("a name that is no UTF-8 is kept through a sync and tidied like any other", async () => {
	await sync("named", "fresh");
	await inside("named", `echo changed >> "$(printf 'caf\\351.txt')"; echo new > "$(printf 'b\\377.txt')"`);
	expect(await sync("named", "kept")).toEqual([]);
	expect(await inside("named", `cat "$(printf 'caf\\351.txt')" "$(printf 'b\\377.txt')"`)).toBe(
		"hello\nchanged\nnew",
	);
	const head = await inside("named", "git rev-parse HEAD");
	const tidied = JSON.parse(await sh(`node ${guest}/build/tidy-checkout.mjs ${dir}/named ${head} tidy`));
	expect(tidied).toMatchObject({ head, status: [], reset: ["caf\ufffd.txt"], excluded: ["b\ufffd.txt"] });
});

test("what detection reads is the repository's own: a link out of it shows nothing", async () => {
	await sync("linked", "fresh");
	const printed = await sh(`node ${guest}/build/read-repository.mjs ${dir}/linked`);
	expect(printed).not.toContain(SANDBOX_TOKEN);
	const { paths, files } = JSON.parse(printed) as { paths: string[]; files: Record<string, string> };
	expect(paths).toContain(".bobbin.yml");
	expect(Object.keys(files).sort()).toEqual([".nvmrc", "art/.gitattributes"]);
});
