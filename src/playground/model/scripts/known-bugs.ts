/** A bug of a demo repository: how people call it, which test shows it, and its repair. */
export interface KnownBug {
	id: string;
	/** Matches requests that mean this bug. */
	words: RegExp;
	file: string;
	testFile: string;
	/** The name of the test that shows it. */
	testName: string;
	find: string;
	replace: string;
	title: string;
	/** What was wrong and what is done about it. */
	why: string;
	/** For a test that fails only sometimes: runs it a few times and prints pass or fail for each. */
	repeat?: string;
}

export const KNOWN_BUGS: readonly KnownBug[] = [
	{
		id: "cart-total",
		words:
			/\b(cart|basket|sub)\W?(total|sum|price)|\b(total|sum|price)s?\b.*\b(cart|basket)|\b(cart|basket)\b.*\b(total|sum|wrong|cents?)\b|\bround(ing|ed|s)?\b|\b(a|one|1) cents?\b/i,
		file: "src/money.ts",
		testFile: "test/cart.test.ts",
		testName: "adds up the cart total to the cent",
		find: "return Math.floor(Number(text) * 100);",
		replace: "return Math.round(Number(text) * 100);",
		title: "fix(money): keep the last cent of a price",
		why: "`parseAmount` cut the fraction off: 19.99 times 100 is 1998.9999999999998 in floating point, so the price became 1998 cents and every cart with it came out a cent short per piece. It rounds now.",
	},
	{
		id: "pagination",
		words: /\bpaginat|\b(empty|last|extra|missing) pages?\b|\bpage ?counts?\b|\boff.by.one\b/i,
		file: "src/pagination.ts",
		testFile: "test/pagination.test.ts",
		testName: "has no empty last page when the list fills its pages",
		find: "const pageCount = Math.floor(list.length / pageSize) + 1;",
		replace: "const pageCount = Math.max(1, Math.ceil(list.length / pageSize));",
		title: "fix(pagination): show no empty last page",
		why: "The number of pages was `floor(length / size) + 1`, one too many when the list fills its pages exactly. It is rounded up now, and an empty list still has one page.",
	},
	{
		id: "order-of-orders",
		words:
			/\bflak(y|ey|iness)\b|\bcheckout tests?\b|\bnewest first\b|\b(order|sort)(ing)? of (the )?orders\b|\b(sometimes|intermittent|random)(ly)? fail|\bfails? (sometimes|at random|now and then)\b/i,
		file: "src/orders.ts",
		testFile: "test/checkout.test.ts",
		testName: "lists a customer's orders newest first",
		find: ".sort((a, b) => b.placedAtMs - a.placedAtMs);",
		replace: ".reverse();",
		title: "fix(orders): list orders of one millisecond newest first",
		why: "Orders were sorted by the clock, and orders placed within one millisecond are equal there, so they kept their old order: the test failed whenever the machine was fast enough. Orders are stored in the order in which they are placed; the list is that order reversed, and the clock no longer matters.",
		repeat:
			"for run in 1 2 3 4 5; do node test/checkout.test.ts > /dev/null 2>&1 && echo pass || echo fail; done",
	},
	{
		id: "tier-limits",
		words:
			/\btiers?\b|\b(volume|bulk|quantity) (discount|price|pricing)s?\b|\b(boundar(y|ies)|thresholds?)\b/i,
		file: "pricing/tiers.py",
		testFile: "tests/test_tiers.py",
		testName: "test_gives_a_tier_from_its_first_quantity_on",
		find: "if quantity > tier.from_quantity:",
		replace: "if quantity >= tier.from_quantity:",
		title: "fix(tiers): give a tier from its first quantity on",
		why: "`from_quantity` is documented as the first quantity that gets a tier, but the comparison left it out: 10 pieces were priced like 9. It is `>=` now.",
	},
	{
		id: "refund-link",
		words:
			/\b(broken|dead|wrong|bad) links?\b|\blinks? (is|are|test|check)|\blink ?check|\brefunds?\b.*\b(link|page|404)\b|\btypos?\b|\b404s?\b/i,
		file: "docs/index.md",
		testFile: "test/links.test.mjs",
		testName: "every link leads to a page and a heading",
		find: "(guides/refund.md)",
		replace: "(guides/refunds.md)",
		title: "docs(index): link to the refunds page",
		why: "The start page linked to `guides/refund.md`; the page is called `guides/refunds.md`.",
	},
];
