import { expect, it } from "vitest";
import { findKind, type WorkKind } from "../../src/budget/find-kind.ts";

it.each<[string, WorkKind | null]>([
	["what does the cart do?", "question"],
	["How is the price rounded and where?", "question"],
	["explain the retry logic", "question"],
	["can you explain why the cart is empty", "question"],
	["fix the flaky checkout test", "test_fix"],
	["CI is red on main, please have a look", "test_fix"],
	["make the tests pass", "test_fix"],
	["the build fails since Friday", "test_fix"],
	["fix the pagination", "small_fix"],
	["the total is wrong when a voucher is used", "small_fix"],
	["could you fix the typo in the header?", "small_fix"],
	["bump lodash to 4.17.21", "dependency_update"],
	["upgrade all dependencies", "dependency_update"],
	["please update the packages that are vulnerable", "dependency_update"],
	["refactor the checkout into smaller functions", "refactor"],
	["rename Basket to Cart everywhere", "refactor"],
	["add a /health endpoint", "feature"],
	["implement dark mode", "feature"],
	["document the API in the README", "docs"],
	["add a section on setup to the docs", "docs"],
	["thanks!", null],
	["", null],
])("takes “%s” for %s", (text, kind) => {
	expect(findKind(text)).toBe(kind);
});
