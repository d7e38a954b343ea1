import { execFile, spawn } from "node:child_process";
import { createServer } from "node:http";
import { promisify } from "node:util";
import { listenHere } from "./listen.ts";

/**
 * Git over smart HTTP for the bare repositories under `root`, by git's own `http-backend`. Takes only the given
 * password (user `x-access-token`), as GitHub takes an installation token.
 */
export async function startGitServer(root: string, password: string) {
	const { stdout } = await promisify(execFile)("git", ["--exec-path"]);
	const wanted = `Basic ${Buffer.from(`x-access-token:${password}`).toString("base64")}`;
	const server = createServer((request, response) => {
		if (request.headers.authorization !== wanted) {
			response.writeHead(401, { "www-authenticate": "Basic" }).end(`bad credentials: ${password}`);
			return;
		}
		const url = new URL(request.url ?? "/", "http://localhost");
		const backend = spawn(`${stdout.trim()}/git-http-backend`, {
			env: {
				GIT_PROJECT_ROOT: root,
				GIT_HTTP_EXPORT_ALL: "1",
				PATH_INFO: url.pathname,
				QUERY_STRING: url.search.slice(1),
				REQUEST_METHOD: request.method ?? "GET",
				CONTENT_TYPE: request.headers["content-type"] ?? "",
				REMOTE_USER: "test",
				GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
				GIT_CONFIG_COUNT: "2",
				GIT_CONFIG_KEY_0: "safe.directory",
				GIT_CONFIG_VALUE_0: "*",
				GIT_CONFIG_KEY_1: "http.receivepack",
				GIT_CONFIG_VALUE_1: "true",
			},
			stdio: ["pipe", "pipe", "ignore"],
		});
		request.pipe(backend.stdin);
		const chunks: Buffer[] = [];
		backend.stdout.on("data", (chunk) => chunks.push(chunk));
		backend.stdout.on("end", () => {
			const whole = Buffer.concat(chunks);
			const at = whole.indexOf("\r\n\r\n");
			for (const line of whole.subarray(0, at).toString().split("\r\n")) {
				const [name = "", value = ""] = line.split(": ", 2);
				if (name === "Status") response.statusCode = Number.parseInt(value, 10);
				else response.setHeader(name, value);
			}
			response.end(whole.subarray(at + 4));
		});
	});
	const url = await listenHere(server);
	return {
		url,
		stop(): void {
			server.closeAllConnections();
			server.close();
		},
	};
}
