// Runs one hook of a repository: asked in lines of JSON on stdin, answers in lines of JSON on stdout.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const EVENTS = ["beforeTool", "afterTool"];
const say = process.stdout.write.bind(process.stdout);
const answer = (message) => say(`${JSON.stringify(message)}\n`);
// What the hook prints must not be taken for its answer.
process.stdout.write = process.stderr.write.bind(process.stderr);

const lines = createInterface({ input: process.stdin });
const asked = [];
lines.on("line", (line) => asked.push(line));
lines.on("close", () => process.exit());

let hook;
let failure = null;
try {
	const loaded = await import(pathToFileURL(process.argv[2]).href);
	hook = loaded.default ?? loaded;
	if (!EVENTS.some((event) => typeof hook[event] === "function"))
		failure = `it exports no object with ${EVENTS.join(" or ")}`;
} catch (error) {
	failure = String(error);
}

async function serve(line) {
	const { id, event, call } = JSON.parse(line);
	if (failure !== null) return answer({ id, error: failure });
	try {
		answer({ id, answer: (await hook[event](call)) ?? {} });
	} catch (error) {
		answer({ id, error: String(error) });
	}
}

// A file that could not be loaded is asked once, so that its failure is told.
answer({ ready: failure === null ? EVENTS.filter((event) => typeof hook[event] === "function") : EVENTS });
lines.removeAllListeners("line");
lines.on("line", serve);
for (const line of asked) serve(line);
