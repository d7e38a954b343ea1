import { expect, test } from "vitest";
import { findModel } from "../../src/slack/commands/find-model.ts";
import { findNearWord, parseWord } from "../../src/slack/commands/parse-words.ts";

test.each([
	["stop", { word: "stop" }],
	["Stop!", { word: "stop" }],
	["  STATUS?  ", { word: "status" }],
	["queue", { word: "queue" }],
	["retry.", { word: "retry" }],
	["help", { word: "help" }],
	["please stop", { word: "stop" }],
	["Stop, please!", { word: "stop" }],
	["cancel", { word: "cancel", place: null }],
	["cancel 2", { word: "cancel", place: 2 }],
	["Cancel  #12", { word: "cancel", place: 12 }],
	["model", { word: "model", name: null }],
	["model claude-opus-5-5", { word: "model", name: "claude-opus-5-5" }],
	["Model Opus", { word: "model", name: "opus" }],
	["quiet", { word: "verbosity", verbosity: "quiet" }],
	["normal", { word: "verbosity", verbosity: "normal" }],
	["Verbose", { word: "verbosity", verbosity: "verbose" }],
	["Only when mentioned.", { word: "replies", mode: "addressed" }],
	["every reply", { word: "replies", mode: "every" }],
	["judge", { word: "replies", mode: "judged" }],
])("%j is a word", (text, word) => {
	expect(parseWord(text)).toEqual(word);
});

test.each([
	"",
	"stop using semicolons",
	"stop the timer in checkout",
	"please stop the timer",
	"please",
	"retry the flaky test",
	"status of the order is wrong",
	"queue the mails",
	"quiet the logger",
	"cancel the order when it is empty",
	"cancel 2 orders",
	"cancel 1234",
	"model the cart as a class",
	"help me with the build",
	"every reply gets the wrong header",
	"judge the two designs",
	"constructor",
	"stop\nand start",
	`model ${"x".repeat(200)}`,
])("%j is a prompt", (text) => {
	expect(parseWord(text)).toBeNull();
});

test.each([
	["stpo", "stop"],
	["Statsu", "status"],
	["retyr", "retry"],
	["quite", "quiet"],
	["cancle", "cancel"],
	["stop", null],
	["status", null],
	["shop", null],
	["step", null],
	["tests", null],
	["stpo it", null],
	["", null],
])("%j nearly is the word %s", (text, word) => {
	expect(findNearWord(text)).toBe(word);
});

const MODELS = ["claude-sonnet-5-5", "claude-opus-5-5", "claude-opus-5", "claude-haiku-5-5"];

test.each([
	["claude-opus-5-5", "claude-opus-5-5"],
	["claude-opus-5", "claude-opus-5"],
	["haiku", "claude-haiku-5-5"],
	["SONNET", "claude-sonnet-5-5"],
	["opus", null],
	["gpt", null],
	["", null],
])("%j names the model %s", (name, model) => {
	expect(findModel(MODELS, name)).toBe(model);
});
