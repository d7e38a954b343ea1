import { publishReport } from "../agent/publish.ts";
import type { Script } from "../agent/replay.ts";
import { describeTests, readTestOutput } from "../agent/test-output.ts";
import { applyEdit, bash, type Edit, plan, read, showOutput, step, toFileText } from "../agent/tools.ts";
import { inCheckout, type Job, look } from "./job.ts";
import { leaveNote } from "./leave-note.ts";
import { findProject } from "./projects.ts";

const ROUTES = "src/routes.ts";
const TESTS = "test/server.test.ts";
const README = "README.md";
const ADD_TODOS = [
	"Read the routes and their tests",
	"Add the route and a test",
	"Run the tests",
	"Open the pull request",
];
const MOVE_TODOS = ["Read the routes and their tests", "Move the route", "Run the tests", "Push the change"];

const LAST_ROUTE = `		{
			method: "GET",
			path: "/api/orders/:customer",
			handle: ({ params }) => json(orders.listFor(params.customer ?? "")),
		},
`;
const LAST_TEST = 'test("knows nothing of other paths", () =>';
const LAST_ROW = "| `GET /api/orders/:customer` | a customer's orders, newest first |\n";

const toRoute = (path: string) => `		{
			method: "GET",
			path: "${path}",
			handle: () => json({ status: "ok" }),
		},
`;
const toTest = (path: string) => `test("answers ${path}", () =>
	withShop(async (url) => {
		const response = await fetch(\`\${url}${path}\`);
		assert.equal(response.status, 200);
		assert.deepEqual(await response.json(), { status: "ok" });
	}));

`;
const toRow = (path: string) => `| \`GET ${path}\` | says that the shop answers |\n`;

/** Adds `GET <path>` to the web shop: the route, its test, its line in the README. */
export function* addRoute(job: Job, path: string): Script {
	return yield* change(job, {
		todos: ADD_TODOS,
		say: `I add \`GET ${path}\`, a test and its line in the README.`,
		path,
		edits: [
			{ path: ROUTES, find: LAST_ROUTE, replace: LAST_ROUTE + toRoute(path) },
			{ path: TESTS, find: LAST_TEST, replace: toTest(path) + LAST_TEST },
			{ path: README, find: LAST_ROW, replace: LAST_ROW + toRow(path) },
		],
		title: `feat(routes): add GET ${path}`,
		done: `\`GET ${path}\` answers 200 with \`{"status":"ok"}\`. The route is in \`${ROUTES}\`, its test in \`${TESTS}\`, and the README lists it.`,
	});
}

/** Moves a route that was added before to another path. */
export function* moveRoute(job: Job, from: string, to: string): Script {
	return yield* change(job, {
		todos: MOVE_TODOS,
		say: `I move \`GET ${from}\` to \`GET ${to}\`.`,
		path: to,
		edits: [
			{ path: ROUTES, find: toRoute(from), replace: toRoute(to) },
			{ path: TESTS, find: toTest(from), replace: toTest(to) },
			{ path: README, find: toRow(from), replace: toRow(to) },
		],
		title: `refactor(routes): move ${from} to ${to}`,
		done: `\`GET ${from}\` is now \`GET ${to}\`, in the route, its test and the README.`,
	});
}

interface Change {
	todos: string[];
	say: string;
	/** Where the route is to be in the end. */
	path: string;
	edits: Edit[];
	title: string;
	done: string;
}

function* change(job: Job, work: Change): Script {
	const { branch, files } = yield* look(job, "I look at the repository first.", work.todos);
	const project = findProject(files);
	if (!project || !files.includes(ROUTES)) return yield* leaveNote(job);

	const sources = yield* step(
		"I read the routes and their tests.",
		...work.edits.map((edit) => read(inCheckout(job, edit.path))),
	);
	const texts = sources.map(toFileText);
	if (texts[0]?.includes(`path: "${work.path}"`))
		return `That route is already in \`${ROUTES}\`. I changed nothing.`;
	const lost = work.edits.find((edit, index) => !texts[index]?.includes(edit.find));
	if (lost) return `\`${lost.path}\` does not look as I know it, so I changed nothing.`;

	for (const [index, edit] of work.edits.entries()) {
		const others = index === 0 ? [plan(work.todos, 1)] : [];
		const result = yield* applyEdit(
			index === 0 ? work.say : "",
			{ ...edit, path: inCheckout(job, edit.path) },
			...others,
		);
		if (result.outcome === "failed") {
			return `I could not change \`${edit.path}\`:\n\n${showOutput(result.error)}`;
		}
	}
	job.progress.edited.push(ROUTES);
	job.progress.route = work.path;
	const [tests] = yield* step("I run the tests.", bash(project.testCommand), plan(work.todos, 2));
	const result = readTestOutput(tests?.text ?? "");
	const failing = result && result.failed > 0 ? ` Failing: ${result.failedNames.join("; ")}.` : "";
	const report = `${work.done}\n\nChecked with \`${project.testCommand}\`: ${describeTests(result)}.${failing}`;
	return yield* publishReport(job, {
		branch,
		files: work.edits.map((edit) => edit.path),
		title: work.title,
		body: report,
		todos: work.todos,
	});
}
