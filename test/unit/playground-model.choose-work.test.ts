import { expect, test } from "vitest";
import { chooseWork } from "../../src/playground/model/agent/choose-work.ts";

const summary = (text: string, route: string | null = null) =>
	chooseWork(text, route).map((work) => {
		if (work.kind === "fix")
			return `fix ${work.bugs === "all" ? "all" : work.bugs.map((bug) => bug.id).join("+")}`;
		if (work.kind === "add-route") return `add ${work.path}`;
		if (work.kind === "move-route") return `move ${work.from} ${work.to}`;
		return work.kind;
	});

test.each([
	["fix the flaky checkout test", ["fix order-of-orders"]],
	["the checkout test fails sometimes in CI, can you look?", ["fix order-of-orders"]],
	["the cart total is wrong", ["fix cart-total"]],
	["Customers are charged one cent too little: rounding in the cart is off", ["fix cart-total"]],
	["pagination shows an empty last page", ["fix pagination"]],
	["also fix pagination", ["fix pagination"]],
	["please fix pagination and the cart total", ["fix cart-total+pagination"]],
	["fix the failing tests", ["fix all"]],
	["Can you make the tests pass?", ["fix all"]],
	["tests are red on main", ["fix all"]],
	["CI is red: find out why the checks of checkout fail, and fix that", ["fix all"]],
	["tier boundary is wrong in quotes", ["fix tier-limits"]],
	["fix the broken link to the refunds page", ["fix refund-link"]],
	["add a health check", ["add /health"]],
	["Please add a GET /version endpoint", ["add /version"]],
	["could you add a route `/ping`?", ["add /ping"]],
	["add a test for pagination", ["add-test"]],
	["also add a test", ["add-test"]],
	["fix the cart total and add a test", ["fix cart-total", "add-test"]],
	["where is the discount code checked?", ["question"]],
	["what does checkout do", ["question"]],
	["why is the cart total wrong?", ["question"]],
	["how do I add a route?", ["question"]],
	["Explain the pagination", ["question"]],
	["make a chart of the code", ["chart"]],
	["Can you draw me a picture of the repository?", ["chart"]],
	["show me a graph", ["chart"]],
	["create a route /chart", ["add /chart"]],
	["ask me first, then fix the cart total", ["ask", "fix cart-total"]],
	["Please ask me a question", ["ask"]],
	["migrate us to GraphQL", ["unknown"]],
	["", ["unknown"]],
	["🙂🙂🙂", ["unknown"]],
])("takes %j as %j", (text, expected) => {
	expect(summary(text)).toEqual(expected);
});

test("takes “rename it” as the route that was added before", () => {
	expect(summary("rename it to /status", "/health")).toEqual(["move /health /status"]);
	expect(summary("rename /health to /status")).toEqual(["move /health /status"]);
	expect(summary("rename it to something nicer", "/health")).toEqual(["unknown"]);
});

test("lets no path carry code", () => {
	expect(summary('add a route /a"b$(process.exit())')).toEqual(["add /a"]);
});
