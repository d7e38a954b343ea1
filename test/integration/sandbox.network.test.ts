import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Internet } from "../../sandbox/providers/local/egress-proxy.ts";
import type { LocalProvider } from "../../sandbox/providers/local/local-provider.ts";
import { type LocalSandboxes, prepareLocalSandboxes, requireIsolation } from "../harness/local-sandboxes.ts";

const NAMES: Record<string, string[]> = {
	"good.example": ["10.0.0.1", "93.184.216.34"],
	"deep.inside.example": ["93.184.216.34"],
	"home.example": ["127.0.0.1"],
	"intranet.example": ["10.1.2.3", "fd00::1", "::ffff:93.184.216.34"],
	"denied.example": ["93.184.216.34"],
};
let sandboxes: LocalSandboxes;
let provider: LocalProvider;
const dialled: string[] = [];
const server = http.createServer((request, response) => {
	if (request.url === "/odd") response.socket?.end("HTTP/1.1 099 Odd\r\ncontent-length: 0\r\n\r\n");
	else if (request.url === "/cut")
		response.writeHead(200, { "content-length": 100 }).write("a beginning", () => response.destroy());
	else response.end(`${request.method} ${request.headers.host} ${request.url}`);
});

beforeAll(async () => {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port: real } = server.address() as AddressInfo;
	const internet: Internet = {
		lookup: async (host) => NAMES[host] ?? Promise.reject(new Error("no such name")),
		connect(address, port) {
			dialled.push(`${address}:${port}`);
			return net.connect(real, "127.0.0.1");
		},
	};
	sandboxes = await prepareLocalSandboxes();
	const allowHosts = [
		"good.example",
		".inside.example",
		"home.example",
		"intranet.example",
		"missing.example",
		"127.0.0.1",
	];
	provider = sandboxes.open({ internet, allowHosts });
	await requireIsolation(provider);
	await provider.create({ name: "net", allowHosts: ["extra.example"] });
});
afterAll(async () => {
	await sandboxes?.remove();
	server.close();
});

const curl = async (args: string) => {
	const { stdout, stderr } = await provider.exec("net", {
		command: `curl -sS -m 5 ${args}`,
		timeoutMs: 60_000,
	});
	return `${stdout}${stderr}`.trim();
};

test("an allowed host is reached over plain HTTP, at its public address", async () => {
	dialled.length = 0;
	expect(await curl("http://good.example/path?q=1")).toBe("GET good.example /path?q=1");
	expect(await curl("http://deep.inside.example/")).toBe("GET deep.inside.example /");
	expect(dialled).toEqual(["93.184.216.34:80", "93.184.216.34:80"]);
});

test("an answer that breaks off is broken off, one that is none is refused, and the proxy goes on", async () => {
	expect(await curl("http://good.example/cut")).toMatch(/^a beginning.*(remaining|closed|reset)/s);
	expect(await curl("http://good.example/odd")).toBe("good.example gave no answer of HTTP's.");
	expect(await curl("http://good.example/")).toBe("GET good.example /");
});

test("an allowed host is reached through a tunnel", async () => {
	dialled.length = 0;
	expect(await curl("-p http://good.example/tunnel")).toBe("GET good.example /tunnel");
	expect(await curl("-p http://GOOD.example.:443/tunnel")).toContain("/tunnel");
	expect(dialled).toEqual(["93.184.216.34:80", "93.184.216.34:443"]);
});

test.each([
	["a host that is not named", "http://denied.example/", "not on this sandbox's list of allowed hosts"],
	["a host above the one that is named", "http://inside.example/", "not on this sandbox's list"],
	["a name that leads to this machine", "http://home.example/", "does not resolve to a public address"],
	[
		"a name that leads to a private network",
		"http://intranet.example/",
		"does not resolve to a public address",
	],
	["an address of this machine", "--noproxy '' http://127.0.0.1:80/", "does not resolve to a public address"],
	["another port", "http://good.example:22/", "Port 22 is not allowed"],
	["sending data in the clear", "-d secret http://good.example/", "Only GET and HEAD are allowed"],
	["a name that does not exist", "http://missing.example/", "could not be resolved"],
])("%s is refused, with a reason", async (_, args, reason) => {
	dialled.length = 0;
	expect(await curl(args)).toContain(reason);
	expect(dialled).toEqual([]);
});

test.each([
	["https://denied.example/", "403"],
	["https://home.example/", "403"],
	["-p http://good.example:25/", "403"],
	["https://missing.example/", "502"],
])("a tunnel for %s is refused with %s", async (args, status) => {
	dialled.length = 0;
	expect(await curl(args)).toContain(status);
	expect(dialled).toEqual([]);
});
