import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SHOTS } from "./shots.ts";
import { SHOTS_DIR } from "./shots-dir.ts";

/** After all scenes: one page with every picture and what it shows. */
export default function setup(): () => Promise<void> {
	return async () => {
		if (!existsSync(SHOTS_DIR)) return;
		const path = join(SHOTS_DIR, "index.html");
		await writeFile(path, drawSheet());
		console.log(`The pictures: ${path}`);
		const missing = names().filter((name) => !existsSync(join(SHOTS_DIR, `${name}.png`)));
		if (missing.length > 0) throw new Error(`There is no picture of ${missing.join(", ")}.`);
	};
}

function names(): string[] {
	return Object.entries(SHOTS).flatMap(([scene, shots]) =>
		Object.keys(shots).map((name) => `${scene}-${name}`),
	);
}

function drawSheet(): string {
	const scenes = Object.entries(SHOTS).map(([scene, shots]) => {
		const figures = Object.entries(shots as Record<string, readonly string[]>).map(
			([name, shows]) =>
				`<figure id="${scene}-${name}"><figcaption><b>${name}</b> ${shows.join(" · ")}</figcaption><img loading="lazy" alt="" src="${scene}-${name}.png"></figure>`,
		);
		return `<section><h2>${scene}</h2>${figures.join("\n")}</section>`;
	});
	return `<!doctype html><meta charset="utf-8"><title>Bobbin in Slack</title>
<style>
body { font: 15px/1.4 sans-serif; margin: 2rem; background: #eee; }
section { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: start; }
h2 { inline-size: 100%; margin: 2rem 0 0; }
figure { margin: 0; max-inline-size: 46rem; }
figcaption { color: #555; font-size: 12px; padding-block: .3rem; }
img { max-inline-size: 100%; background: #fff; box-shadow: 0 1px 6px #0003; }
</style>
${scenes.join("\n")}
`;
}
