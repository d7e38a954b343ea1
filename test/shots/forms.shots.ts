import { test } from "vitest";
import { openStage } from "./stage.ts";

test("forms and shortcuts", async () => {
	await using stage = await openStage("forms");
	const { work, take } = stage;
	const shop = work.channelId("shop");
	const session = await stage.begin("mia", "docs", "@bobbin find the slow test");
	const report = await work.say("noah", "shop", "Checkout fails with a 500 when the cart is empty");
	const mia = await stage.desk("mia", { height: 900 });
	const submit = (words: string) => mia.dialog.getByRole("button", { name: words, exact: true }).click();
	const close = async () => {
		await mia.dialog.getByRole("button", { name: "Cancel" }).click();
		await mia.dialog.waitFor({ state: "detached" });
	};
	const repository = mia.dialog.getByLabel("Repository");
	await mia.openChannel(shop);

	await mia.write("/bobbin");
	await mia.dialog.getByText("Branch to begin at").waitFor();
	await take("new-empty", mia.dialog);
	await submit("Begin");
	await mia.dialog.getByText(/complete this required field/).waitFor();
	await take("new-incomplete", mia.dialog);
	await mia.dialog.getByRole("textbox").first().fill("round the cart total once");
	await repository.click();
	await mia.page.getByRole("option", { name: /web-shop/ }).waitFor();
	await take("new-repository", mia.window);
	await mia.page.getByRole("option", { name: /web-shop/ }).click();
	await take("new-filled", mia.dialog);
	await submit("Begin");
	await mia.dialog.waitFor({ state: "detached" });
	await mia.message(/round the cart total once/, mia.channel);

	const menu = async () => {
		const message = await mia.message(/Checkout fails with a 500/, mia.channel);
		await message.hover();
		await message.getByRole("button", { name: "More actions" }).click();
	};
	await menu();
	await mia.page.getByRole("menuitem", { name: /Fix this with Bobbin/ }).waitFor();
	await take("message-menu", mia.window);
	await mia.page.getByRole("menuitem", { name: /Fix this with Bobbin/ }).click();
	await mia.dialog.getByText("that message").waitFor();
	await take("fix-this", mia.dialog);
	await submit("Begin");
	await mia.dialog.waitFor({ state: "detached" });
	await mia.openThread(report);
	await mia.message(/asked me to see to this/);
	await mia.message(/✅ Done/);
	await take("fix-this-thread", mia.replies);

	await mia.openChannel(shop);
	await menu();
	await mia.page.getByRole("menuitem", { name: /Add to a session/ }).click();
	await mia.dialog.getByRole("button", { name: "Add", exact: true }).waitFor();
	await take("add-to-session", mia.dialog);
	await close();

	await mia.page.getByRole("textbox", { name: /^Message / }).pressSequentially("/new");
	await mia.page.getByRole("option", { name: /New Bobbin session/ }).waitFor();
	await take("global-shortcut", mia.window);
	await mia.page.getByRole("option", { name: /New Bobbin session/ }).click();
	await mia.dialog.getByText("Branch to begin at").waitFor();
	await take("new-from-anywhere", mia.dialog);
	await close();

	await mia.page.setViewportSize({ width: 1240, height: 1700 });
	await mia.page.addStyleTag({ content: ".dialog { max-block-size: none }" });
	await mia.write("/bobbin settings");
	await mia.dialog.getByText("Which replies are for me").waitFor();
	await take("settings", mia.dialog);
	await close();

	await mia.openThread(session);
	await mia.message(/✅ Done/);
	const finn = await stage.desk("finn", { height: 900 });
	await finn.openChannel(shop);
	await finn.write("/bobbin settings");
	await finn.dialog.getByText("guests of this workspace").waitFor();
	await take("guest", finn.dialog);
});
