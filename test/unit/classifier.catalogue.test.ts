import { expect, test } from "vitest";
import { type CatalogueEntry, rankRepositories, takeShortlist } from "../../classifier/catalogue.ts";

function entry(name: string, description: string, more: Partial<CatalogueEntry> = {}): CatalogueEntry {
	return {
		id: name,
		owner: "acme",
		name,
		description,
		hints: "",
		aliases: [],
		languages: [],
		topics: [],
		...more,
	};
}

const few = [
	entry("web-shop", "The web shop: basket and checkout pages"),
	entry("shop-ios", "The shop's iPhone app", { languages: ["Swift"] }),
	entry("billing", "Invoices and dunning letters", { hints: "anything about VAT" }),
];

function best(text: string, repositories = few): string | undefined {
	const [first] = rankRepositories([{ text, weight: 1 }], repositories);
	return first !== undefined && first.score > 0 ? first.repository.id : undefined;
}

test.each([
	["the invoice lacks the VAT number", "billing"],
	["Checkout page is blank", "web-shop"],
	["crash in the Swift code", "shop-ios"],
	["checkoutPage is blank", "web-shop"],
	["something else entirely", undefined],
	["the and of it", undefined],
	["", undefined],
])("ranks first for %j: %s", (text, expected) => {
	expect(best(text)).toBe(expected);
});

test("a rare word counts more than a common one", () => {
	const services = [
		entry("one", "A service of the platform"),
		entry("two", "A service of the platform"),
		entry("three", "Prints letters"),
	];
	expect(best("the platform service sends no letters", services)).toBe("one");
	expect(best("the service sends no letters", services)).toBe("three");
});

test("weak evidence counts less than strong evidence", () => {
	const ranked = rankRepositories(
		[
			{ text: "invoices", weight: 0.4 },
			{ text: "basket", weight: 1 },
		],
		few,
	);
	expect(ranked[0]?.repository.id).toBe("web-shop");
});

test("a catalogue that is small enough stays whole and in its order", () => {
	expect(takeShortlist(rankRepositories([{ text: "VAT", weight: 1 }], few), few)).toEqual(few);
});

test("the one that fits is on the shortlist of 10,000, and so is the one that was named", () => {
	const many = Array.from({ length: 10_000 }, (_, number) =>
		entry(`service-${number}`, `Service number ${number} of the platform, it handles requests of customers`),
	);
	const wanted = entry("zebra", "Prints shipping labels on thermal printers");
	const all = [...many, wanted];
	const ranked = rankRepositories([{ text: "thermal labels come out blank", weight: 1 }], all);
	const shortlist = takeShortlist(ranked, all, ["service-9999"]);
	expect(shortlist).toHaveLength(60);
	expect(shortlist.map(({ id }) => id)).toEqual(expect.arrayContaining(["zebra", "service-9999"]));
	expect(ranked[0]?.repository.id).toBe("zebra");
});
