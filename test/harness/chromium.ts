import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { type Browser, chromium, type Page } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = PLACES.find((place) => existsSync(place));

/**
 * Whether there is a browser to test in. Says loudly how to get one when there is none.
 * @throws Error when there is none and CI is set
 */
export function hasChromium(): boolean {
	if (executablePath !== undefined) return true;
	const words = "There is no Chromium. Install one: apt-get install -y --no-install-recommends chromium";
	if (process.env.CI === "true") throw new Error(words);
	console.warn(`SKIPPED: ${words}`);
	return false;
}

/** Starts a headless browser that asks nobody outside of this machine. */
export function launchChromium(): Promise<Browser> {
	if (executablePath === undefined) throw new Error("there is no Chromium");
	return chromium.launch({
		executablePath,
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-quic",
			"--no-first-run",
			"--disable-background-networking",
			"--disable-component-update",
			"--disable-sync",
		],
	});
}

/** Takes a picture of a page, keeps it in `SCREENSHOT_DIR` where that is set, and counts its colours: a blank page has few. */
export async function takeScreenshot(page: Page, name: string): Promise<{ colours: number }> {
	const png = await page.screenshot();
	const dir = process.env.SCREENSHOT_DIR;
	if (dir !== undefined) {
		await mkdir(dir, { recursive: true });
		await writeFile(`${dir}/${name}.png`, png);
	}
	// Runs in the browser, which knows how to read a picture; as text, because the types here are Node's.
	const colours = await page.evaluate(`(async () => {
		const bytes = Uint8Array.from(atob("${png.toString("base64")}"), (letter) => letter.charCodeAt(0));
		const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
		const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
		context.drawImage(picture, 0, 0);
		const { data } = context.getImageData(0, 0, picture.width, picture.height);
		return new Set(new Uint32Array(data.buffer)).size;
	})()`);
	return { colours: Number(colours) };
}
