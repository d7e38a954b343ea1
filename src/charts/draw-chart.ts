import { createRequire } from "node:module";
import type { Chart } from "./chart.ts";
import { chartSvg } from "./chart-svg.ts";

/** Twice as many points as the picture is wide: screens are fine. */
const SCALE = 2;

/**
 * Makes drawers of pictures as PNG. The font comes with us: servers and containers often have none. The library is loaded
 * with the first picture.
 */
export function createDrawChart(): (figures: Chart) => Promise<Uint8Array> {
	const font = createRequire(import.meta.url).resolve(
		"@expo-google-fonts/lato/400Regular/Lato_400Regular.ttf",
	);
	return async (figures) => {
		const { renderAsync } = await import("@resvg/resvg-js");
		const image = await renderAsync(chartSvg(figures), {
			fitTo: { mode: "zoom", value: SCALE },
			font: { fontFiles: [font], loadSystemFonts: false, defaultFontFamily: "Lato" },
		});
		return image.asPng();
	};
}
