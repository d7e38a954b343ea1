import type { Datepicker, DateTimepicker, Timepicker } from "@slack/types";
import type { ElementValue } from "../scope.ts";
import type { ElementProps } from "./element-props.ts";
import { useElement } from "./use-element.ts";

type DateElement = Datepicker | Timepicker | DateTimepicker;

const INPUT_TYPES = { datepicker: "date", timepicker: "time", datetimepicker: "datetime-local" };

/** A day, a time of day, or both, with the browser's own picker. */
export function DateInput(props: ElementProps<DateElement>) {
	const { element } = props;
	const { held, isLive, choose } = useElement(props);
	const placeholder = "placeholder" in element ? element.placeholder?.text : undefined;
	return (
		<input
			id={props.id}
			className="text-input date-input"
			type={INPUT_TYPES[element.type]}
			disabled={!isLive}
			aria-label={props.id ? undefined : (placeholder ?? "Date")}
			value={toText(element, held)}
			onChange={(event) => choose(toValue(element, event.target.value))}
		/>
	);
}

function toText(element: DateElement, held: ElementValue | undefined): string {
	if (element.type === "datepicker") return String((held ? held.selected_date : element.initial_date) ?? "");
	if (element.type === "timepicker") return String((held ? held.selected_time : element.initial_time) ?? "");
	const seconds = held ? held.selected_date_time : element.initial_date_time;
	if (typeof seconds !== "number") return "";
	const at = new Date(seconds * 1000);
	return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function toValue(element: DateElement, text: string): ElementValue {
	if (element.type === "datepicker") return { selected_date: text || null };
	if (element.type === "timepicker") return { selected_time: text || null };
	return { selected_date_time: text === "" ? null : Math.floor(new Date(text).getTime() / 1000) };
}
