import { once } from "node:events";
import { test } from "vitest";
import { openStage } from "./stage.ts";

test("what the agent asks people", async () => {
	await using stage = await openStage("questions");
	const { work, take } = stage;
	work.agent.state.script = async ({ prompt: { promptId } }, emit) => {
		const ask = (index: number, text: string, multiple: boolean, options: [string, string][]) =>
			emit({
				type: "question.asked",
				data: {
					...{ promptId, questionId: `que_1#${index}`, text, multiple },
					options: options.map(([label, description]) => ({ label, description })),
				},
			});
		ask(0, "Half cents can go up, or to the even cent as banks do it. Which one do you want?", false, [
			["Up", "as the invoices do it today"],
			["To even", "no drift over many orders"],
		]);
		ask(1, "Where shall it be rounded?", true, [
			["In the cart", ""],
			["In the receipt", "what the customer keeps"],
			["In the books", ""],
		]);
		while (work.agent.answered.flat().length < 2) await once(work.agent.events, "answered");
		return { outcome: "done", answer: "Half cents go to even, in the cart and in the receipt." };
	};
	const at = await stage.begin("mia", "shop", "@bobbin round the cart total once");
	const mia = await stage.desk("mia");
	await mia.openThread(at);
	await mia.message(/I have a question/);
	await take("asked", mia.replies);
	await mia.press("Something else…");
	await mia.dialog.getByRole("textbox").fill("To even, but never for gift cards");
	await take("own-words", mia.dialog);
	await mia.dialog.getByRole("button", { name: "Cancel" }).click();
	await mia.press("To even");
	await mia.message(/Where shall it be rounded/);
	await take("several", mia.replies);
	await mia.press("Choose…");
	await mia.dialog.getByLabel("In the cart").check();
	await mia.dialog.getByLabel("In the receipt").check();
	await take("choose", mia.dialog);
	await mia.dialog.getByRole("button", { name: "Answer" }).click();
	await mia.message(/Half cents go to even, in the cart/);
	await mia.message(/✅ Done/);
	await take("answered", mia.replies);
});
