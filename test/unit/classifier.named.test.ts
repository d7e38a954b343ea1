import { expect, test } from "vitest";
import type { CatalogueEntry } from "../../classifier/catalogue.ts";
import { findNamed } from "../../classifier/rules.ts";
import { cpuMs } from "../harness/cpu-ms.ts";

function entry(name: string, more: Partial<CatalogueEntry> = {}): CatalogueEntry {
	return {
		id: name,
		owner: "acme",
		name,
		description: "",
		hints: "",
		aliases: [],
		languages: [],
		topics: [],
		...more,
	};
}

const repositories = [
	entry("web-shop", {
		aliases: ["storefront", "the till"],
		description: "what customers see, uses atlas maps",
	}),
	entry("payments-api", { aliases: ["pay", "магазин"] }),
	entry("docs", { description: "handbook" }),
	entry("bobbin", { description: "chat robot" }),
	entry("atlas", { description: "maps" }),
	entry("next.js", { owner: "Acme-Labs" }),
	entry("twin", { id: "twin-a" }),
	entry("twin", { id: "twin-b", owner: "acme-labs" }),
	entry("libs"),
];

test.each([
	["fix the total in acme/web-shop please", "web-shop"],
	["fix the total in ACME/Web-Shop.", "web-shop"],
	["acme/web-shop#12 still fails", "web-shop"],
	["acme/web-shop: bump node", "web-shop"],
	["look at acme/web-shop/src/cart.ts", "web-shop"],
	["https://github.com/acme/web-shop", "web-shop"],
	["please fix https://github.com/acme/web-shop.", "web-shop"],
	["*https://github.com/acme/web-shop*, please", "web-shop"],
	["<https://github.com/acme/web-shop/pull/3|Fix the docs link (#3)> breaks", "web-shop"],
	["<https://github.com/acme/web-shop>", "web-shop"],
	["see https://github.acme.example/acme/web-shop/issues/9.", "web-shop"],
	["see (https://git.example:8443/acme/web-shop.git)", "web-shop"],
	["http://127.0.0.1:3000/playground/github/acme/web-shop/pull/1", "web-shop"],
	["https://ci.example/pipelines/github/acme/web-shop/77", "web-shop"],
	["https://api.github.com/repos/acme/web-shop/issues", "web-shop"],
	["clone git@github.com:acme/web-shop.git and add a test", "web-shop"],
	["github.com/acme/web-shop is red", "web-shop"],
	["acme-labs/next.js needs a new icon", "next.js"],
	["bump deps in next.js", "next.js"],
	["web-shop: the button is grey", "web-shop"],
	["the button in `web-shop` is grey", "web-shop"],
	["the button in *web-shop* is grey", "web-shop"],
	["_web-shop_ is slow", "web-shop"],
	["WEB-SHOP's button", "web-shop"],
	["(web-shop)", "web-shop"],
	["the STOREFRONT is slow", "web-shop"],
	["please restart the till, it is slow", "web-shop"],
	["bobbin answers twice", "bobbin"],
	["web-shopのボタンを直して", "web-shop"],
	["почини магазин, пожалуйста", "payments-api"],
	["🎉🎉 web-shop 🎉 :rocket: add confetti", "web-shop"],
	["\u202eweb-shop\u202c is mirrored", "web-shop"],
	["broken \ud83d surrogate in web-shop", "web-shop"],
	["web-shop", "web-shop"],
	["ｗｅｂ－ｓｈｏｐ is slow", "web-shop"],
	["typo in `docs`", "docs"],
	["typo in the docs repo", "docs"],
	["typo in repository docs", "docs"],
	["docs: typo on page 3", "docs"],
	["[docs] typo on page 3", "docs"],
	["make payments-api retry like web-shop does", "payments-api"],
	["copy the retry from web-shop into payments-api", "payments-api"],
	["I'd like web-shop to be faster", "web-shop"],
	["payments-api not web-shop", "payments-api"],
	["acme/web-shop uses @acme/payments-api, bump it", "web-shop"],
	["in acme/web-shop do what https://github.com/vercel/commerce does", "web-shop"],
	["web-shop fails:\n```\nat acme/payments-api/src/x.ts\n```", "web-shop"],
])("finds the one repository named in %j", (text, expected) => {
	expect(findNamed(text, repositories)).toEqual({ outcome: "one", repositoryId: expected });
});

test.each([
	["fix the typo in the docs"],
	["everything in our atlas is upside down"],
	["web-shops are everywhere"],
	["my-web-shop is another thing"],
	["open /web-shop in the browser"],
	["ask in #web-shop"],
	["ask in <#C012345|web-shop>"],
	["<@U012345|bobbin> hello"],
	["npm install @acme/web-shop"],
	["$bobbin is unset"],
	["> the web-shop is slow\nis that so?"],
	["&gt; the web-shop is slow\nis that so?"],
	["what does this mean?\n```\nerror in acme/web-shop\n```"],
	["what does this mean?\n```\nerror in acme/web-shop"],
	["what is this\n2026-11-02T10:00:00Z ERROR acme/web-shop died"],
	["what is this\n    at run (/srv/acme/web-shop/src/a.ts:1:2)"],
	["client/server and/or CI/CD"],
	["src/cart.ts is wrong"],
	["libs/cart.ts is wrong"],
	["we hit https://github.com/vercel/next.js/issues/123"],
	["https://github.com/orgs/acme"],
	["https://github.com/user-attachments/assets/abc"],
	["https://example.com/a/b"],
	["https://gist.github.com/ann/0123456789abcdef"],
	["https://ann.github.io/project/guide"],
	[":bobbin: hello"],
	["pay attention"],
	["<https://"],
	["<<<<<>>>>>"],
	["http://"],
	[""],
	["   "],
])("finds no name in %j", (text) => {
	const naming = findNamed(text, repositories);
	expect(naming).toEqual({ outcome: "nothing" });
});

test.each([
	["acme/web-shop and acme/payments-api", ["web-shop", "payments-api"]],
	["web-shop calls payments-api twice", ["web-shop", "payments-api"]],
	["<https://github.com/acme/web-shop|acme/payments-api> is red", ["web-shop", "payments-api"]],
	["twin is broken", ["twin-a", "twin-b"]],
	["move acme/gone into web-shop", ["web-shop"]],
])("leaves open which one is meant in %j", (text, expected) => {
	expect(findNamed(text, repositories)).toEqual({ outcome: "unclear", targetIds: expected, asideIds: [] });
});

test.each(["not web-shop, the other one", "do it like in web-shop", "the colours from web-shop, please"])(
	"takes the name in %j as an aside",
	(text) => {
		const naming = findNamed(text, repositories);
		expect(naming).toEqual({ outcome: "unclear", targetIds: [], asideIds: ["web-shop"] });
	},
);

test.each([
	["fix acme/gone", "acme/gone"],
	["fix https://github.com/acme/gone/issues/1", "acme/gone"],
	["fix https://github.com/stranger/thing", "stranger/thing"],
	["fix the repo stranger/thing", "stranger/thing"],
	["clone git@github.com:stranger/thing.git", "stranger/thing"],
])("says that the repository in %j is not known", (text, expected) => {
	expect(findNamed(text, repositories)).toEqual({ outcome: "unknown", name: expected });
});

test("reads a plain name 8,000 times beside 10,000 repositories in one pass", async () => {
	const many = Array.from({ length: 10_000 }, (_, number) =>
		entry(`service-${number}`, { description: "hums" }),
	);
	const all = [...many, ...repositories];
	const text = "bobbin ".repeat(8_000);
	expect(findNamed(text, all)).toEqual({ outcome: "one", repositoryId: "bobbin" });
	expect(await cpuMs(() => findNamed(text, all))).toBeLessThan(10_000);
});

test.each([
	["letters", "a".repeat(40_000)],
	["slashes", "a/".repeat(20_000)],
	["angle brackets", "<".repeat(40_000)],
	["half links", "<https://github.com/".repeat(2_000)],
	["addresses", "http://".repeat(5_700)],
	["hyphens", `${"-".repeat(39_999)}x`],
	["dots", `${".".repeat(39_999)}x`],
	["colons", ":a".repeat(20_000)],
	["backticks", "`".repeat(40_000)],
	["quotes", ">\n".repeat(20_000)],
	["spaces", `${" ".repeat(39_999)}x`],
	["git addresses", "git@a".repeat(8_000)],
	["names", "web-shop ".repeat(4_400)],
	["emoji", "👩‍👩‍👧".repeat(5_000)],
])("reads 40,000 characters of %s in one pass", async (_, text) => {
	const find = () => findNamed(`${text} payments-api`, repositories);
	expect(find().outcome).not.toBe("unknown");
	expect(await cpuMs(find)).toBeLessThan(2_000);
});
