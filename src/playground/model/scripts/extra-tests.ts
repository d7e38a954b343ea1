/** A test that the scripted agent can add, as a file of its own. */
export interface ExtraTest {
	/** Matches requests about this area. */
	words: RegExp;
	/** The file that is tested; earlier work on it makes this the test that is meant by "also add a test". */
	subject: string;
	file: string;
	what: string;
	content: string;
}

/** The first of a project is the one for "add a test" with no word about what. */
export const EXTRA_TESTS: readonly ExtraTest[] = [
	{
		words: /\b(search|catalogue|catalog|products?)\b/i,
		subject: "src/catalogue.ts",
		file: "test/catalogue-search.test.ts",
		what: "searching with no words, with several, and with words that fit nothing",
		content: `import assert from "node:assert/strict";
import test from "node:test";
import { freshCatalogue } from "./shop.ts";

test("finds everything when nothing is asked for", () => {
	const catalogue = freshCatalogue();
	assert.deepEqual(catalogue.search("  "), catalogue.all());
});

test("wants every word to fit", () => {
	const catalogue = freshCatalogue();
	assert.equal(catalogue.search("shirt large").length, 1);
	assert.deepEqual(catalogue.search("shirt kitchen"), []);
});
`,
	},
	{
		words: /\b(money|cents?|cart|total|round(ing)?|prices?|amounts?)\b/i,
		subject: "src/money.ts",
		file: "test/money-cents.test.ts",
		what: "that every amount from 0.00 to 99.99 is read as the cents that it says",
		content: `import assert from "node:assert/strict";
import test from "node:test";
import { formatAmount, parseAmount } from "../src/money.ts";

test("reads back every amount that it writes", () => {
	for (let cents = 0; cents < 10_000; cents++) {
		assert.equal(parseAmount(formatAmount(cents).slice(1)), cents);
	}
});
`,
	},
	{
		words: /\b(paginat\w*|pages?)\b/i,
		subject: "src/pagination.ts",
		file: "test/pagination-pages.test.ts",
		what: "that the pages of a list hold each of its items once, for every size",
		content: `import assert from "node:assert/strict";
import test from "node:test";
import { paginate } from "../src/pagination.ts";

test("shows every item on exactly one page, and no page without items", () => {
	const list = Array.from({ length: 24 }, (_, index) => index);
	for (let size = 1; size <= 25; size++) {
		const { pageCount } = paginate(list, 1, size);
		const pages = Array.from({ length: pageCount }, (_, index) => paginate(list, index + 1, size).items);
		assert.deepEqual(pages.flat(), list);
		assert.ok(pages.every((items) => items.length > 0));
	}
});
`,
	},
	{
		words: /\b(orders?|checkout|flak\w+)\b/i,
		subject: "src/orders.ts",
		file: "test/orders.test.ts",
		what: "that orders of the same instant are listed newest first, with a clock that stands still",
		content: `import assert from "node:assert/strict";
import test from "node:test";
import { createOrders } from "../src/orders.ts";

test("lists orders of the same instant newest first", () => {
	const orders = createOrders(() => 0);
	const content = { customer: "ada", lines: [], subtotalCents: 0, discountCents: 0, totalCents: 0 };
	const ids = Array.from({ length: 5 }, () => orders.place(content).id);
	assert.deepEqual(
		orders.listFor("ada").map((order) => order.id),
		ids.reverse(),
	);
});
`,
	},
	{
		words: /\b(routes?|endpoints?|server|paths?)\b/i,
		subject: "src/routes.ts",
		file: "test/routes.test.ts",
		what: "that no two routes have the same method and path",
		content: `import assert from "node:assert/strict";
import test from "node:test";
import { createOrders } from "../src/orders.ts";
import { createRoutes } from "../src/routes.ts";
import { freshCatalogue } from "./shop.ts";

test("has one route for each method and path", () => {
	const routes = createRoutes({ catalogue: freshCatalogue(), orders: createOrders() });
	const names = routes.map((route) => \`\${route.method} \${route.path}\`);
	assert.equal(new Set(names).size, names.length);
});
`,
	},
	{
		words: /\b(contracts?|quotes?)\b/i,
		subject: "pricing/contracts.py",
		file: "tests/test_contracts.py",
		what: "what each contract takes off, and that an unknown one is refused",
		content: `import unittest
from decimal import Decimal

from pricing.contracts import contract_percent


class ContractPercent(unittest.TestCase):
    def test_takes_off_what_the_contract_says(self):
        self.assertEqual(contract_percent("standard"), Decimal("0"))
        self.assertEqual(contract_percent("reseller"), Decimal("7.5"))

    def test_refuses_unknown_contracts(self):
        with self.assertRaises(LookupError):
            contract_percent("friends")
`,
	},
	{
		words: /\b(tiers?|limits?|boundar\w+|volume)\b/i,
		subject: "pricing/tiers.py",
		file: "tests/test_tier_limits.py",
		what: "one piece below, at and above the limit of every tier",
		content: `import unittest

from pricing.tiers import TIERS, tier_percent


class TierLimits(unittest.TestCase):
    def test_changes_exactly_at_each_limit(self):
        for lower, tier in zip(TIERS, TIERS[1:]):
            self.assertEqual(tier_percent(tier.from_quantity - 1), lower.percent)
            self.assertEqual(tier_percent(tier.from_quantity), tier.percent)
            self.assertEqual(tier_percent(tier.from_quantity + 1), tier.percent)
`,
	},
	{
		words: /\b(links?|index|pages?|guides?)\b/i,
		subject: "docs/index.md",
		file: "test/index.test.mjs",
		what: "that the start page links to every other page",
		content: `import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { listPages } from "../scripts/check-links.mjs";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

test("the start page links to every other page", () => {
	const index = readFileSync(\`\${docs}/index.md\`, "utf8");
	const missing = listPages(docs)
		.map((page) => relative(docs, page))
		.filter((page) => page !== "index.md" && !index.includes(\`](\${page})\`));
	assert.deepEqual(missing, []);
});
`,
	},
];
